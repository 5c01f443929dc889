import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { nearestVersion, processIdentity } from './process-identity.ts';

test('a process is known by its host and its id, and says which Mycel it runs', () => {
  expect(processIdentity()).toMatchObject({ host: hostname(), pid: process.pid });
  expect(processIdentity().mycel).toMatch(/^\d+\.\d+\.\d+/);
});

test('the version is that of the nearest package that has one', () => {
  const root = mkdtempSync(join(tmpdir(), 'mycel-version-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'packages/shop/src'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "version": "1.0.0" }');
  writeFileSync(join(root, 'packages/package.json'), '{ broken');
  writeFileSync(join(root, 'packages/shop/package.json'), '{ "version": "2.5.0" }');
  expect(nearestVersion(join(root, 'packages/shop/src'))).toBe('2.5.0');
  expect(nearestVersion(join(root, 'packages'))).toBe('1.0.0');
});

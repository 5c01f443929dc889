import { expect, test } from 'vitest';
import { completeLock, platformOf } from './missing-builds.ts';

test('the platform of a build is read from its name', () => {
  expect(platformOf('@biomejs/cli-linux-x64-musl')).toEqual({ os: ['linux'], cpu: ['x64'], libc: ['musl'] });
  expect(platformOf('@rollup/rollup-win32-x64-gnu')).toEqual({ os: ['win32'], cpu: ['x64'] });
  expect(platformOf('@oxlint-tsgolint/darwin-arm64')).toEqual({ os: ['darwin'], cpu: ['arm64'] });
  expect(platformOf('fsevents')).toBeUndefined();
});

test('builds that a package wants and the lock lacks are added, those it has are left as they are', () => {
  const builds = { '@x/cli-linux-x64': '1.0.0', '@x/cli-darwin-arm64': '1.0.0' };
  const packages = {
    '': {},
    'node_modules/x': { version: '1.0.0', dev: true, optionalDependencies: builds },
    'node_modules/@x/cli-linux-x64': { version: '1.0.0', optional: true, integrity: 'sha512-abc' },
  };
  const { completed, added } = completeLock({ lockfileVersion: 3, packages });
  expect(added).toEqual(['@x/cli-darwin-arm64']);
  expect(Object.keys(completed.packages)).toEqual([
    '',
    'node_modules/@x/cli-darwin-arm64',
    'node_modules/@x/cli-linux-x64',
    'node_modules/x',
  ]);
  expect(completed.packages).toMatchObject({
    ...packages,
    'node_modules/@x/cli-darwin-arm64': { version: '1.0.0', dev: true, optional: true, os: ['darwin'], cpu: ['arm64'] },
  });
});

test('a build nested under its package counts as there, and ranges and other optional packages are not touched', () => {
  const packages = {
    'node_modules/a': {
      optionalDependencies: { '@x/cli-linux-x64': '1.0.0', '@x/cli-win32-x64': '^1.0.0', fsevents: '2.0.0' },
    },
    'node_modules/a/node_modules/@x/cli-linux-x64': { version: '1.0.0' },
  };
  expect(completeLock({ packages }).added).toEqual([]);
});

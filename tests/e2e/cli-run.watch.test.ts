import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { helloTs, MycelProcess, project } from '../support/mycel-process.ts';

const args = ['run', '--watch', '-c', 'config.yaml', 'services.ts'];
const watched = { 'services.ts': helloTs, 'config.yaml': 'web: {address: "127.0.0.1:0"}' };

/** Resolves with the URL once services have started for the `count`th time. */
async function started(mycel: MycelProcess, count: number): Promise<string> {
  const pattern = new RegExp(`(?:[^]*?"web":"(http:[^"]+)"[^\\n]*"msg":"started){${count}}`);
  return (await mycel.until(pattern))[1] ?? '';
}

test('a changed module is started anew, in place of the old one', async () => {
  const folder = project(watched);
  const mycel = new MycelProcess(args, folder);
  expect(await (await fetch(`${await started(mycel, 1)}/hello/you`)).text()).toBe('hello you');
  writeFileSync(join(folder, 'services.ts'), helloTs.replace("'hello '", "'goodbye '"));
  expect(await (await fetch(`${await started(mycel, 2)}/hello/you`)).text()).toBe('goodbye you');
  expect(mycel.stderr).toContain('services.ts changed: starting again');
  expect(mycel.stdout).toContain('"msg":"stopped"');
  mycel.signal('SIGTERM');
  expect(await mycel.exit).toBe(0);
});

test('a module that cannot be loaded waits for the next change', async () => {
  const folder = project(watched);
  const mycel = new MycelProcess(args, folder);
  await started(mycel, 1);
  writeFileSync(join(folder, 'services.ts'), 'export const = 5;');
  await mycel.until(/could not be loaded.*services\.ts:1:13[^]*exit code 65: waiting for a change/, 'stderr');
  writeFileSync(join(folder, 'services.ts'), helloTs);
  await started(mycel, 2);
  mycel.signal('SIGINT');
  expect(await mycel.exit).toBe(0);
});

test('a changed configuration counts, what is in node_modules does not', async () => {
  const folder = project(watched);
  const mycel = new MycelProcess(args, folder);
  await started(mycel, 1);
  writeFileSync(join(folder, 'node_modules/other.js'), '');
  writeFileSync(join(folder, 'config.yaml'), 'web: {address: "127.0.0.1:0"}\nmax_workers: 3');
  await started(mycel, 2);
  expect(mycel.stderr).toContain('config.yaml changed: starting again');
  expect(mycel.stderr).not.toContain('other.js');
});

import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
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

/** Resolves once a child has ended by itself for the `count`th time. */
async function waiting(mycel: MycelProcess, count: number): Promise<void> {
  await mycel.until(new RegExp(`(?:[^]*?: waiting for a change){${count}}`), 'stderr');
}

const greet = async (url: string): Promise<string> => (await fetch(`${url}/hello/you`)).text();

test('a changed module is started anew, in place of the old one', async () => {
  const folder = project(watched);
  const mycel = new MycelProcess(args, folder);
  expect(await greet(await started(mycel, 1))).toBe('hello you');
  writeFileSync(join(folder, 'services.ts'), helloTs.replace("'hello '", "'goodbye '"));
  expect(await greet(await started(mycel, 2))).toBe('goodbye you');
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

test('what a module imports from another folder counts, also while it is missing or wrong', async () => {
  const services = `import { word } from '../shared/word.ts';\n${helloTs.replace("'hello '", "word + ' '")}`;
  const config = 'web: {address: "127.0.0.1:0"}';
  const folder = project({ 'app/services.ts': services, 'shared/other.ts': '', 'config.yaml': config });
  const mycel = new MycelProcess(['run', '--watch', '-c', 'config.yaml', 'app/services.ts'], folder);
  await waiting(mycel, 1);
  expect(mycel.stderr).toContain('shared/word.ts');
  writeFileSync(join(folder, 'shared/word.ts'), "export const word = 'one';");
  expect(await greet(await started(mycel, 1))).toBe('one you');
  writeFileSync(join(folder, 'shared/word.ts'), 'export const = 5;');
  await waiting(mycel, 2);
  writeFileSync(join(folder, 'shared/word.ts'), "export const word = 'two';");
  expect(await greet(await started(mycel, 2))).toBe('two you');
});

test('a module that is added while it runs counts from then on', async () => {
  const folder = project(watched);
  const mycel = new MycelProcess(args, folder);
  await started(mycel, 1);
  mkdirSync(join(folder, 'words'));
  writeFileSync(join(folder, 'words/greeting.ts'), "export const greeting = 'good day ';");
  const services = `import { greeting } from './words/greeting.ts';\n${helloTs.replace("'hello '", 'greeting')}`;
  writeFileSync(join(folder, 'services.ts'), services);
  expect(await greet(await started(mycel, 2))).toBe('good day you');
  writeFileSync(join(folder, 'words/greeting.ts'), "export const greeting = 'good night ';");
  expect(await greet(await started(mycel, 3))).toBe('good night you');
});

test('a service is not started anew by the log that it writes', async () => {
  const folder = project(watched);
  const mycel = new MycelProcess(args, folder);
  await started(mycel, 1);
  writeFileSync(join(folder, 'debug.log'), 'a line');
  writeFileSync(join(folder, 'services.ts'), helloTs);
  await started(mycel, 2);
  expect(mycel.stderr).not.toContain('debug.log');
});

test('processes that run or stand by end with the one that watches', async () => {
  const folder = project(watched);
  const mycel = new MycelProcess(args, folder);
  await started(mycel, 1);
  await expect.poll(() => processesIn(folder).length).toBe(3);
  mycel.signal('SIGKILL');
  await mycel.exit;
  await expect.poll(() => processesIn(folder)).toEqual([]);
});

/** Lists the processes whose working folder this is, as Linux tells. */
function processesIn(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === folder;
    } catch {
      return false; // It has just ended, or is another user's.
    }
  });
}

import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { bashCompletion } from '../../packages/mycel/src/cli/completion-bash.ts';
import { completionTree } from '../../packages/mycel/src/cli/completion-tree.ts';
import { allCommands, createProgram } from '../../packages/mycel/src/cli/program.ts';
import { project, runMycel } from '../support/mycel-process.ts';

const script = bashCompletion(completionTree(createProgram(async () => {})));
const visible = allCommands(createProgram(async () => {})).filter((command) => command.name() !== 'show-config');

/** Asks bash what it would offer for the last of the words, as it does when TAB is pressed in `folder`. */
function offered(words: readonly string[], folder: string): string[] {
  const ask = `${script}
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mycel; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['--norc', '-c', ask, 'bash', ...words], { cwd: folder, encoding: 'utf8' });
  return output.split('\n').filter(Boolean).toSorted();
}

describe('mycel completion bash', () => {
  const files = { 'config.yaml': '', 'my services.ts': '', 'deep/a.ts': '' };

  test.each([
    ['commands', ['mycel', 'co'], ['config', 'completion']],
    ['commands of commands', ['mycel', 'config', 's'], ['show', 'schema']],
    ['commands to ask help on', ['mycel', 'help', 'r'], ['run']],
    ['options', ['mycel', 'run', '--w'], ['--watch']],
    ['options of commands of commands', ['mycel', 'config', 'show', '--o'], ['--origin']],
    ['options behind a value that is named like a command', ['mycel', 'run', '-c', 'config', '--w'], ['--watch']],
    ['the choices of an option', ['mycel', 'run', '--log-level', 'd'], ['debug']],
    ['the choices of an option behind =', ['mycel', 'run', '--log-format', '=', 'p'], ['pretty']],
    ['all choices of an option behind =', ['mycel', 'run', '--log-format', '='], ['auto', 'pretty', 'json']],
    ['the choices of an argument', ['mycel', 'completion', ''], ['bash', 'zsh', 'fish']],
    ['files where one is expected', ['mycel', 'run', '--config', 'co'], ['config.yaml']],
    ['files whose names have spaces', ['mycel', 'run', 'my'], ['my services.ts']],
    ['files behind options', ['mycel', 'config', 'show', '--json', 'dee'], ['deep']],
    ['folders where one is expected', ['mycel', 'init', ''], ['deep', 'node_modules']],
    ['nothing for a value that can be anything', ['mycel', 'run', '--define', 'co'], []],
    ['nothing for a command that is not there', ['mycel', 'frobnicate', 'x'], []],
  ])('offers %s', (_what, words, expected) => {
    expect(offered(words, project(files))).toEqual(expected.toSorted());
  });

  test('is registered for mycel', () => {
    const ask = `${script}\ncomplete -p mycel`;
    expect(execFileSync('bash', ['--norc', '-c', ask], { encoding: 'utf8' })).toBe('complete -F _mycel mycel\n');
  });
});

test.each(['bash', 'zsh', 'fish'])('mycel completion %s knows every command and every option', async (shell) => {
  const { code, stdout, stderr } = await runMycel(['completion', shell], project({}));
  expect([code, stderr]).toEqual([0, '']);
  for (const command of visible) {
    expect(stdout).toContain(command.name());
    for (const { long } of command.options) expect(stdout).toContain(shell === 'fish' ? `-l ${long?.slice(2)}` : long);
  }
});

test('mycel completion knows no other shell', async () => {
  const { code, stderr } = await runMycel(['completion', 'bsh'], project({}));
  expect(code).toBe(2);
  expect(stderr).toContain('Allowed choices are bash, zsh, fish.');
});

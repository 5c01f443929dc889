import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { allCommands, createProgram, fullNameOf } from './program.ts';

const commands = allCommands(createProgram(async () => {}));

/** Everything that `--help` prints, what is added behind commander's own part included. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 80 }).outputHelp();
  return text;
}

/** What is written on standard error for a command line that is wrong. */
async function errorOf(line: string): Promise<string> {
  let text = '';
  const program = createProgram(async () => {});
  for (const command of allCommands(program)) command.configureOutput({ writeErr: (part) => (text += part) });
  await program.parseAsync(line.split(' '), { from: 'user' }).catch(() => {});
  return text;
}

describe.each(commands.map((command) => [fullNameOf(command), command] as const))('%s --help', (name, command) => {
  test('ends with examples of this very command', () => {
    const [, examples = ''] = helpOf(command).split('\nExamples:\n');
    expect(examples).toContain(name);
    for (const line of examples.trimEnd().split('\n')) expect(line).toMatch(/^ {2}\$ \S/);
  });

  test('fits a terminal of 80 columns, but for examples', () => {
    const [usage = ''] = helpOf(command).split('\nExamples:\n');
    expect(usage.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('says of the command, its arguments and its options what they are for', () => {
    expect(command.description()).not.toBe('');
    const parts = [...command.registeredArguments, ...command.options];
    expect(parts.filter(({ description }) => !description)).toEqual([]);
  });
});

test('every command can be asked for the stack of its failure', () => {
  const leaves = commands.filter((command) => command.commands.length === 0);
  const without = leaves.filter(({ options }) => !options.some(({ long }) => long === '--verbose'));
  expect(without.map(fullNameOf)).toEqual([]);
});

describe('a slip on the command line', () => {
  test.each([
    ['rnu services.ts', 'Did you mean run?'],
    ['confg show', 'Did you mean config?'],
    ['config shwo', 'Did you mean show?'],
    ['run --wacth services.ts', 'Did you mean --watch?'],
    ['config show --orgin', 'Did you mean --origin?'],
    ['run --log-level loud services.ts', 'Allowed choices are debug, info, warn, error, silent.'],
    ['services.ts', 'mycel run services.ts'],
    ['./shop', 'mycel run ./shop'],
  ])('%s: %s', async (line, hint) => {
    expect(await errorOf(line)).toContain(hint);
  });

  test.each([
    ['frobnicate', "(try 'mycel --help')"],
    ['config frobnicate', "(try 'mycel config --help')"],
    ['run --frobnicate', "(try 'mycel run --help')"],
    ['config check', "(try 'mycel config check --help')"],
  ])('%s: %s', async (line, hint) => {
    expect(await errorOf(line)).toContain(hint);
  });
});

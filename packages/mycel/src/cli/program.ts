import { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { type Act, type CommandDescription, examples } from './command.ts';
import { describeRun } from './run-command.ts';
import { describeShowConfig } from './show-config-command.ts';

/** The commands, in the order in which the help lists them. */
const commands: readonly CommandDescription[] = [describeRun, describeShowConfig];

/** Describes the command line. Loads nothing of a command but its description. */
export function createProgram(act: Act): Command {
  const program = new Command('mycel')
    .description('Services that talk over a message bus.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help on a command')
    .showHelpAfterError("(try 'mycel --help')")
    .addHelpText('after', examples('mycel run services.ts', 'mycel help run'))
    .exitOverride();
  for (const describe of commands) describe(program, act);
  return program;
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

import { Command } from 'commander';
import { type Act, type CommandDescription, examples } from './command.ts';
import { describeBroker } from './broker-command.ts';
import { describeCall } from './call-command.ts';
import { describeCompletion } from './completion-command.ts';
import { describeConfig, describeShowConfig } from './config-command.ts';
import { describeDeadLetters } from './dead-letters-command.ts';
import { describeDispatch } from './dispatch-command.ts';
import { describeInit } from './init-command.ts';
import { packageVersion } from './package-version.ts';
import { describeRun } from './run-command.ts';
import { describeServices } from './services-command.ts';
import { describeShell } from './shell-command.ts';

/** The commands, in the order in which the help lists them. */
const commands: readonly CommandDescription[] = [
  describeRun,
  describeBroker,
  describeShell,
  describeServices,
  describeCall,
  describeDispatch,
  describeDeadLetters,
  describeConfig,
  describeInit,
  describeCompletion,
  describeShowConfig,
];

/** Describes the command line. Loads nothing of a command but its description. */
export function createProgram(act: Act): Command {
  const program = new Command('mycel')
    .description('Services that talk over a message bus.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help on a command')
    // Names alone: what a command takes, its own help says; so the list fits a terminal.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText('after', examples('mycel init greeter', 'mycel run services.ts', 'mycel help run'))
    .configureOutput({ outputError: (text, write) => write(text + moduleHint(text)) })
    .exitOverride();
  for (const describe of commands) describe(program, act);
  for (const command of allCommands(program)) {
    command.showHelpAfterError(`(try '${fullNameOf(command)} --help')`);
    if (command.commands.length === 0 && !command.options.some(({ long }) => long === '--verbose')) {
      command.option('-v, --verbose', 'print stack traces of failures');
    }
  }
  return program;
}

/** Lists a command and all that are below it. */
export function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

/** Writes a command as it is typed: `mycel config show`. */
export function fullNameOf(command: Command): string {
  return command.parent ? `${fullNameOf(command.parent)} ${command.name()}` : command.name();
}

/** Whoever forgot `run` has named a module where a command was expected. */
function moduleHint(error: string): string {
  const [, module] = /^error: unknown command '([^']*[./\\][^']*)'/.exec(error) ?? [];
  return module === undefined ? '' : `(to run the services of a module: mycel run ${module})\n`;
}

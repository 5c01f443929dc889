import { Command, Option } from 'commander';
import { readFileSync } from 'node:fs';

/** Does the work of a command and resolves with the exit code. */
export type Action = (name: 'run' | 'watch' | 'show-config', args: readonly string[], options: object) => Promise<void>;

/** Describes the command line. Loads nothing of a command but its description. */
export function createProgram(act: Action): Command {
  const program = new Command('mycel')
    .description('Services that talk over a message bus.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help on a command')
    .showHelpAfterError("(try 'mycel --help')")
    .addHelpText('after', examples('mycel run services.ts', 'mycel help run'))
    .exitOverride();
  addRun(program, act);
  addShowConfig(program, act);
  return program;
}

function addRun(program: Command, act: Action): void {
  program
    .command('run')
    .description('run the services of one or more modules until they are told to stop')
    .argument(
      '<module...>',
      "a file (with or without extension), a folder or a package; 'module:ClassName' picks one service",
    )
    .addOption(configOption())
    .addOption(defineOption())
    .option('-w, --watch', 'start again when a file changes')
    .option('-v, --verbose', 'log debug records, and stack traces of failures')
    .addOption(
      new Option('--log-level <level>', 'lowest level to log').choices(['debug', 'info', 'warn', 'error', 'silent']),
    )
    .addOption(new Option('--log-format <format>', 'how to log').choices(['auto', 'pretty', 'json']))
    .showHelpAfterError("(try 'mycel help run')")
    .addHelpText(
      'after',
      examples(
        'mycel run services.ts',
        'mycel run --config config.yaml ./math ./reporting:ReportingService',
        'mycel run --watch --define web.address=127.0.0.1:8000 services.ts',
        'AMQP_URI=amqp://guest:guest@rabbit/ mycel run @acme/billing',
      ),
    )
    .action(async (modules: string[], options: { watch?: boolean }) =>
      act(options.watch ? 'watch' : 'run', modules, options),
    );
}

function addShowConfig(program: Command, act: Action): void {
  program
    .command('show-config')
    .description('print the configuration as it is used, secrets masked, with the origin of each value')
    .addOption(configOption())
    .addOption(defineOption())
    .showHelpAfterError("(try 'mycel help show-config')")
    .addHelpText(
      'after',
      examples('mycel show-config --config config.yaml', 'mycel show-config --define max_workers=3'),
    )
    .action(async (options: object) => act('show-config', [], options));
}

function configOption(): Option {
  return new Option('-c, --config <file>', 'read the configuration from a YAML file');
}

function defineOption(): Option {
  return new Option('-d, --define <key=value>', 'set one option, over file and environment (can be repeated)')
    .default([], 'none')
    .argParser((definition: string, before: string[]) => [...before, definition]);
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

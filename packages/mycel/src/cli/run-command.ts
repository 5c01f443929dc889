import { Option } from 'commander';
import { type CommandDescription, examples, withConfigOptions } from './command.ts';
import type { RunOptions } from './run.ts';

/** `mycel run`. */
export const describeRun: CommandDescription = (program, act) => {
  const command = program
    .command('run')
    .description('run the services of one or more modules until they are told to stop')
    .argument(
      '<module...>',
      "a file (with or without extension), a folder or a package; 'module:ClassName' picks one service",
    );
  withConfigOptions(command)
    .option('-w, --watch', 'start again when a file changes')
    .option('-v, --verbose', 'log debug records, and stack traces of failures')
    .addOption(
      new Option('--log-level <level>', 'lowest level to log').choices(['debug', 'info', 'warn', 'error', 'silent']),
    )
    .addOption(new Option('--log-format <format>', 'how to log').choices(['auto', 'pretty', 'json']))
    .addHelpText(
      'after',
      examples(
        'mycel run services.ts',
        'mycel run --config config.yaml ./math ./reporting:ReportingService',
        'mycel run --watch --define web.address=127.0.0.1:8000 services.ts',
        'AMQP_URI=amqp://guest:guest@rabbit/ mycel run @acme/billing',
      ),
    )
    .action(async (modules: string[], options: RunOptions & { watch?: boolean }) =>
      act(async () => {
        if (options.watch) return (await import('./watch.ts')).watch(modules, options);
        return (await import('./run.ts')).run(modules, options);
      }),
    );
};

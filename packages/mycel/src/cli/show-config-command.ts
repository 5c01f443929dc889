import { type CommandDescription, type ConfigCommandOptions, examples, withConfigOptions } from './command.ts';

/** `mycel show-config`. */
export const describeShowConfig: CommandDescription = (program, act) => {
  const command = program
    .command('show-config')
    .description('print the configuration as it is used, secrets masked, with the origin of each value');
  withConfigOptions(command)
    .showHelpAfterError("(try 'mycel help show-config')")
    .addHelpText(
      'after',
      examples('mycel show-config --config config.yaml', 'mycel show-config --define max_workers=3'),
    )
    .action(async (options: ConfigCommandOptions) =>
      act(async () => (await import('./show-config.ts')).showConfig(options)),
    );
};

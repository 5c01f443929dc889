import { Argument, type Command } from 'commander';
import {
  type Act,
  type CommandDescription,
  type ConfigCommandOptions,
  examples,
  withConfigOptions,
} from './command.ts';
import type { ShowOptions } from './config-show.ts';

/** `mycel config`: show, check, schema. */
export const describeConfig: CommandDescription = (program, act) => {
  const config = program
    .command('config')
    .description('show or check the configuration, or write its schema for editors')
    .helpCommand('help [command]', 'print help on a command')
    .addHelpText(
      'after',
      examples('mycel config show --origin --config config.yaml', 'mycel config check config.yaml'),
    );
  describeShow(config, act);
  describeCheck(config, act);
  describeSchema(config, act);
};

/** `mycel show-config`: what `mycel config show --origin` was called at first. */
export const describeShowConfig: CommandDescription = (program, act) => {
  const command = program.command('show-config', { hidden: true }).description("the same as 'config show --origin'");
  withConfigOptions(command)
    .addHelpText('after', examples('mycel show-config --config config.yaml'))
    .action(async (options: ConfigCommandOptions) =>
      act(async () => (await import('./config-show.ts')).showConfig([], { ...options, origin: true })),
    );
};

function describeShow(config: Command, act: Act): void {
  const command = config
    .command('show')
    .description(
      'print the options as they come out of defaults, file, environment and command line; secrets are masked',
    )
    .addArgument(modules('whose own options are printed too'));
  withConfigOptions(command)
    .option('-o, --origin', 'say where each value comes from')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'mycel config show --config config.yaml',
        'mycel config show --origin --define max_workers=3 services.ts',
        'mycel config show --json --config config.yaml | jq .web.address',
      ),
    )
    .action(async (modules: string[], options: ShowOptions) =>
      act(async () => (await import('./config-show.ts')).showConfig(modules, options)),
    );
}

function describeCheck(config: Command, act: Act): void {
  config
    .command('check')
    .description('report every mistake in a configuration, with its place')
    .argument('<file>', 'a YAML or JSON file, or an http(s) URL')
    .addArgument(modules('whose own options are checked too'))
    .addHelpText('after', examples('mycel config check config.yaml', 'mycel config check config.yaml services.ts'))
    .action(async (file: string, modules: string[]) =>
      act(async () => (await import('./config-check.ts')).checkConfig(file, modules)),
    );
}

function describeSchema(config: Command, act: Act): void {
  config
    .command('schema')
    .description('write a JSON Schema of the configuration, by which editors complete and check it')
    .addArgument(modules('whose own options are described too'))
    .addHelpText('after', examples('mycel config schema services.ts > config.schema.json'))
    .action(async (modules: string[]) => act(async () => (await import('./config-schema.ts')).writeSchema(modules)));
}

function modules(what: string): Argument {
  return new Argument('[module...]', `modules with services, as for 'mycel run', ${what}`);
}

import { withClientOptions } from './client-options.ts';
import { type CommandDescription, examples } from './command.ts';
import type { ServicesOptions } from './services.ts';

/** `mycel services`. */
export const describeServices: CommandDescription = (program, act) => {
  const command = program.command('services').description('list the services that are on the bus');
  withClientOptions(command)
    .option('--json', 'print the manifests as JSON')
    .option('-v, --verbose', 'list the entrypoints of each service')
    .addHelpText(
      'after',
      examples('mycel services', 'mycel services --verbose', "mycel services --json | jq -r '.services[].name'"),
    )
    .action(async (options: ServicesOptions) => act(async () => (await import('./services.ts')).services(options)));
};

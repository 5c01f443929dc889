import { withClientOptions, withContextOption } from './client-options.ts';
import { type CommandDescription, examples } from './command.ts';
import type { ShellOptions } from './shell.ts';

/** `mycel shell`. */
export const describeShell: CommandDescription = (program, act) => {
  const command = program
    .command('shell')
    .description('call services and dispatch events from a prompt, or from a script in JavaScript or TypeScript')
    .argument('[file]', 'a script to run; without one, what comes from standard input if that is no terminal');
  withContextOption(withClientOptions(command))
    .option('-e, --eval <code>', 'run this code; of an expression the value is printed')
    .addHelpText(
      'after',
      examples(
        'mycel shell',
        "mycel shell --eval 'n.rpc.math_service.add(100, 200)'",
        'mycel shell --config config.yaml migrate-orders.ts',
        'mycel shell < check.ts',
      ),
    )
    .action(async (file: string | undefined, options: ShellOptions) =>
      act(async () => (await import('./shell.ts')).shell(file, options)),
    );
};

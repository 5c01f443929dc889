import { InvalidArgumentError } from 'commander';
import { type ContextCommandOptions, withClientOptions, withContextOption } from './client-options.ts';
import { type CommandDescription, examples } from './command.ts';
import { type JsonInput, jsonValue, readJson } from './json-input.ts';

/** `mycel dispatch`. */
export const describeDispatch: CommandDescription = (program, act) => {
  const command = program
    .command('dispatch')
    .description('dispatch an event in the name of a service, and print whether a handler gets it')
    .argument('<source>', 'the service that the event is of')
    .argument('<event>', 'its type', readType)
    .argument('[payload]', 'JSON, null if left out; - reads standard input', readJson);
  withContextOption(withClientOptions(command))
    .addHelpText(
      'after',
      examples(
        `mycel dispatch orders order_placed '{"id": "o1", "total": 20}'`,
        'mycel dispatch --context language=en orders order_counted - < order.json',
      ),
    )
    .action(async (source: string, type: string, payload: JsonInput | undefined, options: ContextCommandOptions) => {
      const value = await jsonValue(payload ?? { value: null }).catch((error: unknown): never => {
        if (error instanceof InvalidArgumentError) command.error(`error: standard input: ${error.message}`);
        throw error;
      });
      return act(async () => (await import('./dispatch.ts')).dispatch({ source, type, payload: value }, options));
    });
};

function readType(text: string): string {
  if (/^[^\s*#]+$/.test(text)) return text;
  throw new InvalidArgumentError("It is words with dots between them, without spaces, '*' or '#'.");
}

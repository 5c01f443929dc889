import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import type { CallTarget, GivenArguments } from './call.ts';
import { type ContextCommandOptions, withClientOptions, withContextOption } from './client-options.ts';
import { type CommandDescription, examples } from './command.ts';
import { type JsonInput, jsonValue, readJson } from './json-input.ts';

interface CallCommandOptions extends ContextCommandOptions {
  readonly args?: JsonInput;
  readonly kwargs?: JsonInput;
}

/** `mycel call`. */
export const describeCall: CommandDescription = (program, act) => {
  const command = program
    .command('call')
    .description('call a method of a service, and print its result as JSON')
    .argument('<service.method>', 'what to call', readTarget)
    .addArgument(
      new Argument(
        '[arguments...]',
        'JSON, one value an argument; a single object names them, if its keys are names of parameters; - reads standard input',
      )
        .argParser((argument, before: readonly JsonInput[]) => [...before, readJson(argument)])
        .default([], 'none'),
    );
  withContextOption(withClientOptions(command))
    .addOption(new Option('--args <json>', 'the positional arguments, as a JSON array').argParser(readJson))
    .addOption(new Option('--kwargs <json>', 'the named arguments, as a JSON object').argParser(readJson))
    .addHelpText(
      'after',
      examples(
        'mycel call math_service.add 100 200',
        `mycel call reporting_service.generate_report '{"a": 4, "b": 6}'`,
        'mycel call --timeout 1m --context user_id=5 reports.build',
        'cat order.json | mycel call orders.place -',
      ),
    )
    .action(async (target: CallTarget, values: readonly JsonInput[], options: CallCommandOptions) => {
      const given = await givenArguments(command, values, options);
      return act(async () => (await import('./call.ts')).call(target, given, options));
    });
};

async function givenArguments(
  command: Command,
  inputs: readonly JsonInput[],
  options: CallCommandOptions,
): Promise<GivenArguments> {
  const { args, kwargs } = options;
  if ([...inputs, args, kwargs].filter((input) => input === 'stdin').length > 1)
    command.error("error: '-' can stand for one value only: standard input is read once");
  if (inputs.length > 0 && (args ?? kwargs))
    command.error('error: give arguments one by one, or with --args and --kwargs, not both');
  try {
    if (!args && !kwargs) return { values: await Promise.all(inputs.map(jsonValue)) };
    const positional = args ? await jsonValue(args) : [];
    const named = kwargs ? await jsonValue(kwargs) : {};
    if (!Array.isArray(positional)) return command.error('error: --args takes a JSON array');
    if (typeof named !== 'object' || named === null || Array.isArray(named))
      return command.error('error: --kwargs takes a JSON object');
    // Read from JSON, an object is a record.
    return { args: positional, kwargs: named as Record<string, unknown> };
  } catch (error) {
    if (error instanceof InvalidArgumentError) return command.error(`error: standard input: ${error.message}`);
    throw error;
  }
}

/** A service's name may have dots; a method's has none. */
function readTarget(text: string): CallTarget {
  const [, service, method] = /^(.+)\.([^.]+)$/.exec(text) ?? [];
  if (service === undefined || method === undefined)
    throw new InvalidArgumentError("Write it as service.method: 'math_service.add'.");
  return { service, method };
}

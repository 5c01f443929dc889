import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Duration, parseDurationMs } from '../foundation/duration.ts';
import { type ConfigCommandOptions, withConfigOptions } from './command.ts';

/** The options of every command that connects to the broker. */
export interface BrokerCommandOptions extends ConfigCommandOptions {
  readonly broker?: string;
}

/** The options of every command that talks to services. */
export interface ClientCommandOptions extends BrokerCommandOptions {
  readonly timeout?: Duration;
}

/** The options of every command that calls or dispatches. */
export interface ContextCommandOptions extends ClientCommandOptions {
  /** What travels with calls and events. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** Adds `--config`, `--define` and `--broker`. */
export function withBrokerOptions(command: Command): Command {
  return withConfigOptions(command).addOption(
    new Option('-b, --broker <uri>', 'where the broker is: short for --define amqp.uri=URI'),
  );
}

/** Adds `--config`, `--define`, `--broker` and `--timeout`. */
export function withClientOptions(command: Command): Command {
  return withBrokerOptions(command).addOption(
    new Option('-t, --timeout <duration>', "how long to wait for an answer: '500ms', '10s', '2m'").argParser((text) => {
      if (parseDurationMs(text) === undefined) throw new InvalidArgumentError("Write it as '500ms', '10s' or '2m'.");
      return text;
    }),
  );
}

/** Adds `--context`. */
export function withContextOption(command: Command): Command {
  return command.addOption(
    new Option('-x, --context <key=value>', 'context data to send along, as JSON or text (can be repeated)')
      .default({}, 'none')
      .argParser((entry: string, before: Record<string, unknown>) => ({ ...before, ...readEntry(entry) })),
  );
}

function readEntry(entry: string): Record<string, unknown> {
  const [, key, text = ''] = /^([^=]+)=(.*)$/s.exec(entry) ?? [];
  if (key === undefined) throw new InvalidArgumentError("Write it as key=value: 'user_id=5'.");
  try {
    return { [key]: JSON.parse(text) as unknown };
  } catch {
    return { [key]: text };
  }
}

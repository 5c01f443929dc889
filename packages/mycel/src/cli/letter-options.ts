import { type Command, InvalidArgumentError, Option } from 'commander';
import type { LetterFilter } from '../app/letter-filter.ts';
import { parseDurationMs } from '../foundation/duration.ts';
import type { DeadLetterReason } from '../transport/dead-letter.ts';
import type { BrokerCommandOptions } from './client-options.ts';

/** The options that choose among dead letters, as commander gives them. */
export interface LetterFilterOptions extends BrokerCommandOptions {
  readonly service?: string;
  readonly method?: string;
  readonly reason?: DeadLetterReason;
  readonly error?: string;
  /** In milliseconds, as are the others. */
  readonly olderThan?: number;
  readonly newerThan?: number;
  readonly limit?: number;
  readonly json?: boolean;
}

/** Adds `--service`, `--method`, `--reason`, `--error`, `--older-than`, `--newer-than`. */
export function withLetterFilters(command: Command): Command {
  return command
    .addOption(new Option('-s, --service <name>', 'those of this service'))
    .addOption(new Option('-m, --method <name>', 'those of this handler'))
    .addOption(
      new Option('-r, --reason <reason>', 'why they were given up').choices([
        'failed',
        'invalid',
        'poison',
      ] satisfies DeadLetterReason[]),
    )
    .addOption(new Option('-e, --error <text>', "the error's class or code, or a part of its message"))
    .addOption(
      new Option('--older-than <duration>', "failed last so long ago or longer: '1h', '2d'").argParser(readAge),
    )
    .addOption(new Option('--newer-than <duration>', 'failed last less than so long ago').argParser(readAge));
}

/** Adds `--limit`. */
export function withLimit(command: Command, what: string): Command {
  return command.addOption(new Option('-n, --limit <count>', what).argParser(readCount));
}

/** Returns the filter that the options say. */
export function filterOf(options: LetterFilterOptions): LetterFilter {
  const { service, method, reason, error, olderThan, newerThan } = options;
  return { service, method, reason, error, olderThanMs: olderThan, newerThanMs: newerThan };
}

/** Reads `50/s`, `10/m`, `100/h` or a bare number: so many a second. */
export function readRate(text: string): number {
  const [, count = '', unit = 's'] = /^(\d+(?:\.\d+)?)(?:\/(s|m|h))?$/.exec(text) ?? [];
  const perSecond = Number(count) / { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h']; // the pattern takes no others
  if (perSecond > 0) return perSecond;
  throw new InvalidArgumentError("Write it as '50/s', '10/m' or '100/h'.");
}

function readAge(text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== undefined) return ms;
  throw new InvalidArgumentError("Write it as '30s', '10m', '1h' or '2d'.");
}

function readCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number, 1 or more.');
}

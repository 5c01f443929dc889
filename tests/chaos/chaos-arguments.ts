import { parseArgs } from 'node:util';
import { messageOf } from '../../packages/mycel/src/foundation/errors.ts';
import type { RingName } from './report.ts';

export interface ChaosArguments {
  readonly rings: readonly RingName[];
  /** The first seed; each further run has the next one. */
  readonly seed: number;
  /** How long to go on; without it each ring is run once. */
  readonly minutes: number | undefined;
  /** How long faults are made in each run, in milliseconds. @default what fits the ring */
  readonly durationMs: number | undefined;
  /** Where to write what happened in a run: `undefined` for those that fail only, to a temporary folder. */
  readonly trace: string | undefined;
}

export const chaosUsage = `npm run chaos -- [--ring engine|proxy|rabbitmq|all] [--seed S] [--minutes N] [--duration MS] [--trace FILE]`;

const ringNames: readonly RingName[] = ['engine', 'proxy', 'rabbitmq'];

/** Reads the command line. Throws an error that says what is wrong with it. */
export function parseChaosArguments(args: readonly string[], randomSeed: () => number): ChaosArguments {
  const values = valuesOf(args);
  const rings = ringNames.filter((name) => values.ring === 'all' || values.ring === name);
  if (rings.length === 0) throw new Error(`--ring ${values.ring}: no such ring; use ${chaosUsage}`);
  return {
    rings,
    seed: numberIn('--seed', values['seed']) ?? randomSeed(),
    minutes: numberIn('--minutes', values['minutes']),
    durationMs: numberIn('--duration', values['duration']),
    trace: values['trace'],
  };
}

function valuesOf(args: readonly string[]): { ring: string } & Record<string, string | undefined> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ring: { type: 'string', default: 'all' },
        seed: { type: 'string' },
        minutes: { type: 'string' },
        duration: { type: 'string' },
        trace: { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    throw new Error(`${messageOf(error)}; use ${chaosUsage}`, { cause: error });
  }
}

function numberIn(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`${option} ${text}: expected a number; use ${chaosUsage}`);
}

import { parseArgs } from 'node:util';

const ownParts = ['rpc', 'events', 'broker', 'footprint'] as const;
const parts = [...ownParts, 'healing', 'cancel', 'stalled', 'peers'] as const;

/** A part of the benchmark that can run without the others. */
export type Part = (typeof parts)[number];

/** What the command line asks for, complete. */
export interface BenchArguments {
  readonly parts: readonly Part[];
  /** Undefined for all. The baseline always runs. */
  readonly contenders: readonly string[] | undefined;
  /** Undefined for all of a scenario's. */
  readonly inFlight: readonly number[] | undefined;
  readonly rounds: number;
  readonly seconds: number;
  readonly starts: number;
  readonly idleSeconds: number;
  /** How often each fault is healed; slow ones half as often. */
  readonly healings: number;
  /** How many calls are cancelled. */
  readonly cancels: number;
  /** How many events are published without waiting while the broker stands still. */
  readonly floodEvents: number;
  readonly jsonFile: string | undefined;
  readonly profileDir: string | undefined;
  /** A missed bar makes the exit code 1. */
  readonly isStrict: boolean;
  readonly uri: string;
}

const full = { rounds: 7, seconds: 1, starts: 7, idleSeconds: 3, healings: 3, cancels: 500, floodEvents: 1_000_000 };
const quick = { rounds: 4, seconds: 0.4, starts: 3, idleSeconds: 2, healings: 1, cancels: 200, floodEvents: 250_000 };

export const usage = `npm run bench -- [options]

  --quick             a short run, of about a minute
  --only PARTS        of ${parts.join(', ')}; several parted by commas. Without it,
                      ${ownParts.join(', ')}: the others tell of faults (healing, cancel, stalled),
                      and of other frameworks, which are installed into bench/peers for it (peers)
  --contenders NAMES  only these beside amqplib: bare, mycel, 'mycel worker'; parted by semicolons where a
                      name has a comma
  --in-flight N       only with so many calls in flight; several parted by commas
  --rounds N          how many rounds (${full.rounds}; quick ${quick.rounds}; of healing ${full.healings}; quick ${quick.healings})
  --seconds S         length of one slice (${full.seconds}; quick ${quick.seconds})
  --json FILE         writes the figures to a file as well
  --profile DIR       leaves a CPU profile of each process in a folder; the figures suffer
  --strict            exit code 1 when a bar is missed

RabbitMQ is reached by AMQP_URI, else at amqp://guest:guest@127.0.0.1:5672/.`;

/** Reads the command line; undefined when help is asked for. Throws an `Error` that says what is wrong. */
export function parseBenchArguments(args: readonly string[]): BenchArguments | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      contenders: { type: 'string' },
      'in-flight': { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      json: { type: 'string' },
      profile: { type: 'string' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const length = values.quick ? quick : full;
  return {
    ...length,
    parts: values.only === undefined ? ownParts : values.only.split(',').map(partNamed),
    contenders: values.contenders?.split(values.contenders.includes(';') ? /;\s*/ : ','),
    inFlight: values['in-flight']?.split(',').map((text) => positive('--in-flight', text)),
    rounds: values.rounds === undefined ? length.rounds : positive('--rounds', values.rounds),
    healings: values.rounds === undefined ? length.healings : positive('--rounds', values.rounds),
    seconds: values.seconds === undefined ? length.seconds : positive('--seconds', values.seconds),
    jsonFile: values.json,
    profileDir: values.profile,
    isStrict: values.strict,
    uri: process.env['AMQP_URI'] ?? 'amqp://guest:guest@127.0.0.1:5672/',
  };
}

function partNamed(name: string): Part {
  const part = parts.find((part) => part === name);
  if (part === undefined) throw new Error(`--only knows ${parts.join(', ')}, not '${name}'`);
  return part;
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${option} must be a number above 0, not '${text}'`);
  return value;
}

import { Contender, type ContenderOptions, type ContenderPlan, type Measures } from './contender.ts';
import { type Spread, spread } from './statistics.ts';

/** Contenders that make the same calls, at several numbers of calls in flight. */
export interface Scenario {
  readonly name: string;
  readonly inFlight: readonly number[];
  /** The first is the one that all others are compared with. */
  readonly contenders: readonly ContenderPlan[];
}

export interface RoundOptions {
  readonly rounds: number;
  /** Length of one slice: one contender, at one number in flight, in one round. */
  readonly seconds: number;
}

/** One measure of one contender over all rounds. */
export interface Figure {
  readonly median: number;
  /** Of the ratios to the baseline's slice in the same round. */
  readonly ratio: Spread;
}

/** What one contender came to at one number of calls in flight. */
export interface Summary {
  readonly scenario: string;
  readonly inFlight: number;
  readonly contender: string;
  readonly figures: Readonly<Record<keyof Measures, Figure>>;
}

/** Starts a scenario's contenders, warms them up, runs the rounds, ends them, and summarises. */
export async function runScenario(
  scenario: Scenario,
  options: RoundOptions & ContenderOptions,
  progress: (text: string) => void,
): Promise<Summary[]> {
  const contenders: Contender[] = [];
  try {
    for (const plan of scenario.contenders) contenders.push(await Contender.start(plan, options));
    progress(`${scenario.name}: warm-up`);
    for (const inFlight of [50, 1]) {
      for (const contender of contenders) await contender.measure({ inFlight, seconds: options.seconds });
    }
    const slices = new Map<string, Measures[]>();
    for (let round = 0; round < options.rounds; round++) {
      progress(`${scenario.name}: round ${round + 1} of ${options.rounds}`);
      await runRound(scenario, contenders, round, options.seconds, slices);
    }
    return scenario.inFlight.flatMap((inFlight) =>
      contenders.map(({ name }) => summarise(scenario, inFlight, name, slices)),
    );
  } finally {
    for (const contender of contenders) await contender.stop();
  }
}

/** Each contender runs one slice at each number in flight; who goes first changes from round to round. */
async function runRound(
  { inFlight }: Scenario,
  contenders: readonly Contender[],
  round: number,
  seconds: number,
  slices: Map<string, Measures[]>,
): Promise<void> {
  const first = round % contenders.length;
  const order = [...contenders.slice(first), ...contenders.slice(0, first)];
  for (const count of inFlight) {
    for (const contender of order) {
      const key = sliceKey(count, contender.name);
      const measured = await contender.measure({ inFlight: count, seconds });
      slices.set(key, [...(slices.get(key) ?? []), measured]);
    }
  }
}

function summarise(
  { name: scenario, contenders }: Scenario,
  inFlight: number,
  contender: string,
  slices: Map<string, Measures[]>,
): Summary {
  const baseline = contenders[0]?.name ?? '';
  const own = slices.get(sliceKey(inFlight, contender)) ?? [];
  const base = slices.get(sliceKey(inFlight, baseline)) ?? [];
  const figure = (measure: keyof Measures): Figure => ({
    median: spread(own.map((measured) => measured[measure])).median,
    ratio: spread(own.map((measured, round) => measured[measure] / (base[round]?.[measure] ?? Number.NaN))),
  });
  const figures = { rate: figure('rate'), cpu: figure('cpu'), p50Ms: figure('p50Ms'), p99Ms: figure('p99Ms') };
  return { scenario, inFlight, contender, figures };
}

function sliceKey(inFlight: number, contender: string): string {
  return `${inFlight} ${contender}`;
}

import { checkClaims } from './claims.ts';
import { Contender, type ContenderOptions, type ContenderPlan, type Measures } from './contender.ts';
import { type Spread, spread } from './statistics.ts';

/** Contenders that make the same calls, at several numbers of calls in flight. */
export interface Scenario {
  readonly name: string;
  readonly inFlight: readonly number[];
  /** The first is the one that all others are compared with. */
  readonly contenders: readonly ContenderPlan[];
  /** The name of one more that the rates of all are compared with. */
  readonly alsoTo?: string;
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
  /** Its rate to that of the scenario's `alsoTo`, in the same rounds. */
  readonly rateToOther: Spread | undefined;
}

/**
 * Tries what a scenario's contenders are said to do, starts them, warms them up, runs the rounds, ends them, and summarises.
 * Throws when one of them did not settle all it had been sent.
 */
export async function runScenario(
  scenario: Scenario,
  options: RoundOptions & ContenderOptions,
  progress: (text: string) => void,
): Promise<Summary[]> {
  for (const plan of scenario.contenders) {
    if (plan.claims === undefined) continue;
    progress(`${scenario.name}: what ${plan.name} is said to do`);
    await checkClaims(plan, options);
  }
  const slices = new Map<string, Measures[]>();
  const contenders: Contender[] = [];
  const unclean: string[] = [];
  try {
    for (const plan of scenario.contenders) contenders.push(await Contender.start(plan, options));
    progress(`${scenario.name}: warm-up`);
    for (const inFlight of [50, 1]) {
      for (const contender of contenders) await contender.measure({ inFlight, seconds: options.seconds });
    }
    for (let round = 0; round < options.rounds; round++) {
      progress(`${scenario.name}: round ${round + 1} of ${options.rounds}`);
      await runRound(scenario, contenders, round, options.seconds, slices);
    }
  } finally {
    for (const contender of contenders) {
      const left = await contender.stop();
      if (left > 0) unclean.push(`${contender.name} left ${left} messages in its queue`);
    }
  }
  if (unclean.length > 0) throw new Error(unclean.join(', '));
  return scenario.inFlight.flatMap((inFlight) =>
    scenario.contenders.map(({ name }) => summarise(scenario, inFlight, name, slices)),
  );
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
  { name: scenario, contenders, alsoTo }: Scenario,
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
  const rateTo = (other: string | undefined): Spread | undefined => {
    const others = other === undefined ? undefined : slices.get(sliceKey(inFlight, other));
    return others && spread(own.map(({ rate }, round) => rate / (others[round]?.rate ?? Number.NaN)));
  };
  const figures = { rate: figure('rate'), cpu: figure('cpu'), p50Ms: figure('p50Ms'), p99Ms: figure('p99Ms') };
  return { scenario, inFlight, contender, figures, rateToOther: rateTo(alsoTo) };
}

function sliceKey(inFlight: number, contender: string): string {
  return `${inFlight} ${contender}`;
}

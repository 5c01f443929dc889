import { SeededRandom } from '../../support/seeded-random.ts';
import { audit } from '../books/audit.ts';
import { Ledger, type Note } from '../books/ledger.ts';
import { type Fault, type FaultMenu, makePlan } from '../plan/fault-plan.ts';
import { type ChaosReport, type RingName, totalsOf } from '../report.ts';
import { type Conduct, conduct, type Stage, watched } from './conduct.ts';

/** What may be asked of a run on a real broker. */
export interface RunOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly signal?: AbortSignal;
}

/** What a stage is made of. */
export interface RunParts {
  readonly ledger: Ledger;
  readonly random: SeededRandom;
  readonly note: Note;
}

/** A ring on a real broker, in real time. */
export interface RealRing<Kind extends string> {
  readonly ring: RingName;
  readonly menu: FaultMenu<Kind>;
  readonly makeStage: (parts: RunParts) => Stage<Fault<Kind>>;
  readonly load: Conduct<Fault<Kind>>['load'];
  /** How long to wait in the end for all to be settled. */
  readonly drainMs: number;
  /** What a busy machine may add to a deadline. */
  readonly slackMs: number;
}

/** Makes a plan by the seed, conducts it, and audits the books. */
export async function runInRealTime<Kind extends string>(
  { ring, menu, makeStage, load, drainMs, slackMs }: RealRing<Kind>,
  { seed, durationMs, signal }: RunOptions,
): Promise<ChaosReport> {
  const trace: string[] = [];
  const began = performance.now();
  const note = (line: string): void => void trace.push(`${Math.round(performance.now() - began)} ${line}`);
  const ledger = new Ledger(note);
  const random = new SeededRandom(seed);
  const plan = makePlan(random, durationMs, menu);
  const stage = makeStage({ ledger, random, note });
  const made = await watched(ledger, () => conduct({ stage, ledger, seed, plan, durationMs, drainMs, load, signal }));
  const command = `npm run chaos -- --ring ${ring} --seed ${seed} --duration ${durationMs}`;
  const findings = audit(ledger, { slackMs });
  return { ring, seed, command, plan, findings, totals: totalsOf(ledger, made), trace };
}

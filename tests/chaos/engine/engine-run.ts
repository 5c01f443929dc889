import { BrokerEngine } from '../../../packages/mycel/src/broker/engine/broker-engine.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { audit } from '../books/audit.ts';
import { Ledger } from '../books/ledger.ts';
import { makePlan } from '../plan/fault-plan.ts';
import { type ChaosReport, totalsOf } from '../report.ts';
import { conduct, watched } from '../workload/conduct.ts';
import { engineMenu, instanceCount } from './engine-faults.ts';
import { EngineStage, stationCount, type StageTransports } from './engine-stage.ts';
import { VirtualTime } from './virtual-time.ts';

export interface EngineRunOptions {
  readonly seed: number;
  /** How long faults are made, in milliseconds of virtual time. @default 10_000 */
  readonly durationMs?: number;
  /** Transports that are broken on purpose, to see that the books tell. @default those under test */
  readonly transports?: StageTransports;
}

/** In virtual time: ten minutes cost nothing. */
const drainMs = 600_000;

/** Timers fire on time here, but for their rounding. */
const slackMs = 20;

/** Runs the workload on the engine, with faults that the seed chooses, in virtual time. The same seed makes the same run. */
export async function runOnEngine({ seed, durationMs = 10_000, transports }: EngineRunOptions): Promise<ChaosReport> {
  using time = VirtualTime.install(seed);
  const trace: string[] = [];
  const note = (line: string): void => {
    time.activity += 1;
    trace.push(`${Math.round(time.now)} ${line}`);
  };
  const ledger = new Ledger(note);
  const random = new SeededRandom(seed);
  const plan = makePlan(random, durationMs, engineMenu(instanceCount + stationCount));
  const stage = new EngineStage({ engine: new BrokerEngine(), ledger, time, random, note }, transports);
  let made: string[] = [];
  const run = async (): Promise<void> => {
    made = await conduct({
      stage,
      ledger,
      seed,
      plan,
      durationMs,
      drainMs,
      load: { everyMs: 40, deaths: { riskyEveryMs: 1500, fatalCalls: 0.02 } },
    });
  };
  const isOver = await watched(ledger, () => time.until(run(), durationMs + 2 * drainMs)).catch((error: unknown) => {
    ledger.surprise(String(error));
    return true;
  });
  if (!isOver) ledger.surprise('the run came to no end');
  const command = `npm run chaos -- --ring engine --seed ${seed} --duration ${durationMs}`;
  const findings = audit(ledger, { slackMs });
  return { ring: 'engine', seed, command, plan, findings, totals: totalsOf(ledger, made), trace };
}

import { installedServer, startPrivateServer } from '../../../scripts/test-rings/private-rabbitmq.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { audit } from '../books/audit.ts';
import { Ledger } from '../books/ledger.ts';
import { makePlan } from '../plan/fault-plan.ts';
import { type ChaosReport, totalsOf } from '../report.ts';
import { conduct, watched } from '../workload/conduct.ts';
import { rabbitMenu } from './node-faults.ts';
import { instanceCount, RabbitmqStage } from './rabbitmq-stage.ts';

export interface RabbitmqRunOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly signal?: AbortSignal;
}

const drainMs = 90_000;

/** What a machine that starts brokers may add to a deadline. */
const slackMs = 15_000;

/**
 * Runs the workload on a RabbitMQ of its own, which is stopped, killed and starved as the seed says, with services in processes that
 * are stopped and killed. The seed repeats the plan, not the run.
 */
export async function runOnRabbitmq({ seed, durationMs, signal }: RabbitmqRunOptions): Promise<ChaosReport> {
  const script = installedServer();
  if (script === undefined) throw new Error('no RabbitMQ is installed here: leave this ring out, with --ring proxy');
  const trace: string[] = [];
  const began = performance.now();
  const note = (line: string): void => void trace.push(`${Math.round(performance.now() - began)} ${line}`);
  const ledger = new Ledger(note);
  const plan = makePlan(new SeededRandom(seed), durationMs, rabbitMenu(instanceCount));
  await using node = await startPrivateServer(script);
  const stage = new RabbitmqStage({ node, ledger, note });
  const load = { everyMs: 25, countsByProcess: true, deaths: { riskyEveryMs: 20_000, fatalCalls: 0.002 } };
  const made = await watched(ledger, () => conduct({ stage, ledger, seed, plan, durationMs, drainMs, load, signal }));
  const command = `npm run chaos -- --ring rabbitmq --seed ${seed} --duration ${durationMs}`;
  const findings = audit(ledger, { slackMs });
  return { ring: 'rabbitmq', seed, command, plan, findings, totals: totalsOf(ledger, made), trace };
}

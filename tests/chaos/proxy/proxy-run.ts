import { freshVhost } from '../../support/rabbit.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { audit } from '../books/audit.ts';
import { Ledger } from '../books/ledger.ts';
import { makePlan } from '../plan/fault-plan.ts';
import { type ChaosReport, totalsOf } from '../report.ts';
import { conduct, watched } from '../workload/conduct.ts';
import { instanceCount, ProxyStage, stationCount } from './proxy-stage.ts';
import { proxyMenu } from './proxy-faults.ts';

export interface ProxyRunOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly signal?: AbortSignal;
}

const drainMs = 60_000;

/** What a busy machine may add to a deadline. */
const slackMs = 8000;

/**
 * Runs the workload on RabbitMQ, in a virtual host of its own, with proxies between that break the network as the seed says. The
 * seed repeats the plan, not the run: what is on the wire when a fault happens is the machine's choice.
 */
export async function runOnProxy({ seed, durationMs, signal }: ProxyRunOptions): Promise<ChaosReport> {
  await using rabbit = await freshVhost();
  const trace: string[] = [];
  const began = performance.now();
  const note = (line: string): void => void trace.push(`${Math.round(performance.now() - began)} ${line}`);
  const ledger = new Ledger(note);
  const random = new SeededRandom(seed);
  const plan = makePlan(random, durationMs, proxyMenu(instanceCount + stationCount));
  const stage = new ProxyStage({ rabbit, ledger, random, note });
  const load = { everyMs: 15, deaths: { riskyEveryMs: 5000, fatalCalls: 0.004 } };
  const made = await watched(ledger, () => conduct({ stage, ledger, seed, plan, durationMs, drainMs, load, signal }));
  const command = `npm run chaos -- --ring proxy --seed ${seed} --duration ${durationMs}`;
  const findings = audit(ledger, { slackMs });
  return { ring: 'proxy', seed, command, plan, findings, totals: totalsOf(ledger, made), trace };
}

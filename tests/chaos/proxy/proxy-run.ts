import { freshVhost } from '../../support/rabbit.ts';
import type { ChaosReport } from '../report.ts';
import { runInRealTime, type RunOptions } from '../workload/real-run.ts';
import { instanceCount, ProxyStage, stationCount } from './proxy-stage.ts';
import { proxyMenu } from './proxy-faults.ts';

/**
 * Runs the workload on RabbitMQ, in a virtual host of its own, with proxies between that break the network as the seed says. The
 * seed repeats the plan, not the run: what is on the wire when a fault happens is the machine's choice.
 */
export async function runOnProxy(options: RunOptions): Promise<ChaosReport> {
  await using rabbit = await freshVhost();
  return await runInRealTime(
    {
      ring: 'proxy',
      menu: proxyMenu(instanceCount + stationCount),
      makeStage: (parts) => new ProxyStage({ rabbit, ...parts }),
      load: { everyMs: 15, deaths: { riskyEveryMs: 5000, fatalCalls: 0.004 } },
      drainMs: 60_000,
      slackMs: 8000,
    },
    options,
  );
}

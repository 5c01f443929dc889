import { installedServer, startPrivateServer } from '../../../scripts/test-rings/private-rabbitmq.ts';
import type { ChaosReport } from '../report.ts';
import { runInRealTime, type RunOptions } from '../workload/real-run.ts';
import { rabbitMenu } from './node-faults.ts';
import { instanceCount, RabbitmqStage } from './rabbitmq-stage.ts';

/**
 * Runs the workload on a RabbitMQ of its own, which is stopped, killed and starved as the seed says, with services in processes that
 * are stopped and killed. The seed repeats the plan, not the run.
 */
export async function runOnRabbitmq(options: RunOptions): Promise<ChaosReport> {
  const script = installedServer();
  if (script === undefined) throw new Error('no RabbitMQ is installed here: leave this ring out, with --ring proxy');
  await using node = await startPrivateServer(script);
  return await runInRealTime(
    {
      ring: 'rabbitmq',
      menu: rabbitMenu(instanceCount),
      makeStage: ({ ledger, note }) => new RabbitmqStage({ node, ledger, note }),
      load: { everyMs: 25, countsByProcess: true, deaths: { riskyEveryMs: 20_000, fatalCalls: 0.002 } },
      drainMs: 90_000,
      slackMs: 15_000, // a machine that starts brokers is busy
    },
    options,
  );
}

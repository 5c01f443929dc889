import { expect, test } from 'vitest';
import { installedServer } from '../../../scripts/test-rings/private-rabbitmq.ts';
import { describeReport } from '../report.ts';
import { runOnRabbitmq } from './rabbitmq-run.ts';

// A node can be stopped and killed only where one can be started.
test.runIf(installedServer() !== undefined)(
  'with a RabbitMQ and services that are stopped, killed and starved at random, all is accounted for',
  async () => {
    const report = await runOnRabbitmq({ seed: 1, durationMs: 25_000 });
    expect(report.findings, describeReport(report)).toEqual([]);
    expect(report.totals.calls['ok']).toBeGreaterThan(0);
  },
  1_200_000,
);

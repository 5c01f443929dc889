import { expect, test } from 'vitest';
import { describeReport } from '../report.ts';
import { runOnProxy } from './proxy-run.ts';

const durationMs = 12_000;

test.each([155_297])(
  'with a network that breaks at random before RabbitMQ, all is accounted for: seed %i',
  async (seed) => {
    const report = await runOnProxy({ seed, durationMs });
    expect(report.findings, describeReport(report)).toEqual([]);
    expect(report.totals.calls['ok']).toBeGreaterThan(0);
  },
  720_000,
);

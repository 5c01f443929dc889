import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { describeReport } from '../report.ts';
import { AmqpTransport } from '../../../packages/mycel/src/amqp/amqp-transport.ts';
import { ExchangeWatch } from '../../../packages/mycel/src/amqp/exchange-watch.ts';
import { RoutedTypes } from '../../../packages/mycel/src/amqp/routed-types.ts';
import {
  AcknowledgesFirst,
  ForgetsPublishes,
  ForgetsRetries,
  ForgetsReturns,
  HidesRepeats,
  LosesHandBacks,
  renamesMessages,
  TamperedSource,
} from './broken-transports.ts';
import { runOnEngine } from './engine-run.ts';
import { underTest, type StageTransports } from './engine-stage.ts';

const seeds = (first: number, count: number): number[] => Array.from({ length: count }, (_, index) => first + index);

describe('with connections that break at any step, in virtual time, all is accounted for', () => {
  test.each(seeds(1, 5).map((block) => [block]))(
    'block %i of seeds',
    async (block) => {
      // A machine that is busy does fewer.
      const end = Date.now() + 8000;
      for (const [index, seed] of seeds(block * 1000, 20).entries()) {
        if (index >= 8 && Date.now() > end) break;
        const report = await runOnEngine({ seed, durationMs: 1000 });
        expect(report.findings, describeReport(report)).toEqual([]);
      }
    },
    60_000,
  );

  test('also for who publishes a type for the first time, just after somebody else has restored its exchange', async () => {
    const report = await runOnEngine({ seed: 2, durationMs: 2000 });
    expect(report.findings, describeReport(report)).toEqual([]);
  });

  test('also for calls whose shortcut is deleted, twice', async () => {
    const report = await runOnEngine({ seed: 309, durationMs: 2000 });
    expect(report.findings, describeReport(report)).toEqual([]);
    expect(report.trace.filter((line) => line.endsWith('fault: exchange deleted, mycel-calls'))).toHaveLength(2);
    expect(report.totals.calls['ok']).toBeGreaterThan(0);
  });

  test('in a longer run too', async () => {
    const report = await runOnEngine({ seed: 42, durationMs: 10_000 });
    expect(report.findings, describeReport(report)).toEqual([]);
    expect(report.totals.deadLetters).toBeGreaterThan(0);
    expect(report.totals.repeats).toBeGreaterThan(0);
    expect(report.totals.calls['ok']).toBeGreaterThan(0);
  }, 60_000);
});

test('a seed repeats its run, step by step', async () => {
  const [first, second] = [
    await runOnEngine({ seed: 7, durationMs: 4000 }),
    await runOnEngine({ seed: 7, durationMs: 4000 }),
  ];
  expect(second.trace).toEqual(first.trace);
  expect(second.plan).toEqual(first.plan);
  const other = await runOnEngine({ seed: 8, durationMs: 4000 });
  expect(other.plan).not.toEqual(first.plan);
}, 60_000);

/** Runs seeds until the books tell of something, and says of what. */
async function findingsOf(transports: Partial<StageTransports>): Promise<string[]> {
  for (const seed of seeds(1, 40)) {
    const { findings } = await runOnEngine({ seed, durationMs: 2000, transports: { ...underTest, ...transports } });
    if (findings.length > 0) return [...new Set(findings.map(({ kind }) => kind))];
  }
  return [];
}

describe('the books tell of a transport that', () => {
  test('acknowledges events before they are handled', async () => {
    const found = await findingsOf({ ofInstance: (...args) => new AcknowledgesFirst(...args) });
    expect(found).toContain('lost');
  }, 120_000);

  test('forgets what is to be tried again', async () => {
    expect(await findingsOf({ ofInstance: (...args) => new ForgetsRetries(...args) })).toContain('lost');
  }, 120_000);

  test('hides that an event may have come before', async () => {
    expect(await findingsOf({ ofInstance: (...args) => new HidesRepeats(...args) })).toEqual(['unflagged repeat']);
  }, 120_000);

  test('acknowledges what is handed back', async () => {
    expect(await findingsOf({ ofInstance: (...args) => new LosesHandBacks(...args) })).toContain('lost');
  }, 120_000);

  test('believes at once that nobody handles an event', async () => {
    const doubts = [RoutedTypes.prototype, ExchangeWatch.prototype].map((owner) => vi.spyOn(owner, 'isDoubtful'));
    for (const doubt of doubts) doubt.mockReturnValue(false);
    onTestFinished(() => {
      for (const doubt of doubts) doubt.mockRestore();
    });
    expect(await findingsOf({})).toContain('lost');
  }, 120_000);

  test('does not count how often a call came back', async () => {
    expect(await findingsOf({ ofInstance: (...args) => new ForgetsReturns(...args) })).toContain('call');
  }, 120_000);

  test('sends an event again under another message id', async () => {
    const ofStation: StageTransports['ofStation'] = (options, source) =>
      new AmqpTransport(options, new TamperedSource(source, renamesMessages));
    expect(await findingsOf({ ofStation })).toEqual(['message id']);
  }, 120_000);

  test('says that the broker has an event before that is so', async () => {
    const found = await findingsOf({
      ofStation: (options, source) => new ForgetsPublishes({ ...options, publishTimeout: '300ms' }, source),
    });
    expect(found).toContain('lost');
  }, 120_000);
});

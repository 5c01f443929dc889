import { beforeEach, expect, test, vi } from 'vitest';
import { startServices } from '../../../../tests/support/memory-services.ts';
import { type LogRecord, recordingLogger } from '../../../../tests/support/recording-logger.ts';
import { spendTime } from '../../../../tests/support/spend-time.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { service } from '../core/service.ts';
import { Counters } from '../foundation/counters.ts';
import { deferred } from '../foundation/deferred.ts';
import { ExpiredCalls } from './expired-calls.ts';
import { rpc } from './rpc.ts';

forbidUnhandledRejections();

let logs: LogRecord[];
let counters: Counters;
let expired: ExpiredCalls;

beforeEach(() => {
  logs = [];
  counters = new Counters();
  expired = new ExpiredCalls('lab', recordingLogger(logs), counters);
});

const told = (): unknown[] => logs.map(({ level, fields }) => [level, fields['calls'], fields['methods']]);

test('calls that came too late are all counted, and logged once a second with their number', () => {
  vi.useFakeTimers();
  expired.note('work');
  expect(told()).toEqual([['warn', 1, { work: 1 }]]);
  expired.note('work');
  expired.note('rest');
  expect(told()).toHaveLength(1);
  vi.advanceTimersByTime(1000);
  expect(told()[1]).toEqual(['warn', 2, { work: 1, rest: 1 }]);
  vi.advanceTimersByTime(5000);
  expect(told()).toHaveLength(2);
  expired.note('work');
  expect(told()).toHaveLength(3);
  expect(counters.toJSON()).toEqual({ calls_expired: { 'lab.work': 3, 'lab.rest': 1 } });
  expired.close();
});

test('those that no line has told of are told of at the end', () => {
  expired.note('work');
  expired.note('work');
  expired.close();
  expect(told()).toEqual([
    ['warn', 1, { work: 1 }],
    ['warn', 1, { work: 1 }],
  ]);
  expired.close();
  expect(told()).toHaveLength(2);
});

test('a call whose time is up while it waits for a worker is not started, and is counted', async () => {
  const steps = new Steps();
  const gate = deferred();
  @service('busy')
  class Busy {
    @rpc async work(name: string): Promise<void> {
      steps.note(name);
      await gate.promise;
    }
  }
  const {
    caller,
    logs: lines,
    runner,
  } = await startServices([Busy], { maxWorkers: 1, sections: { rpc: { prefetch: 5 } } });
  const client = caller.service<Busy>('busy');
  const first = client.work('first');
  await steps.until('first');
  await expect(client.work.with({ timeout: 100 })('late')).rejects.toMatchObject({ code: 'MYCEL_CALL_TIMEOUT' });
  spendTime(100); // it arrived after it was sent, and so its callee has longer
  gate.resolve();
  await first;
  await client.work('last');
  expect(steps.taken).toEqual(['first', 'last']);
  await runner.stop();
  expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', fields: { calls: 1, methods: { work: 1 } } }));
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonWith, runPython } from './python-program.ts';
import { RestartableBroker } from './restartable-broker.ts';

const python = pythonWith('pika', 'python3-pika');

describe.skipIf(!python)('pika (left out without python3-pika)', () => {
  let broker: RestartableBroker;
  let found: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    broker = await RestartableBroker.start();
    // Else it is skipped.
    found = await runPython(python as string, 'pika_program.py', broker);
  });
  afterAll(async () => broker[Symbol.asyncDispose]());

  it('calls and is answered by way of direct reply-to', () => {
    expect(found['rpc']).toEqual([
      ['1', 'hello!'],
      ['2', 'hello!'],
    ]);
  });

  it('works through a queue with a prefetch, gives back what it cannot do, and sees it again', () => {
    expect(found['ready_beyond_prefetch']).toBe(2);
    expect(found['work_queue']).toEqual([
      ['1', false],
      ['2', false],
      ['1', true],
      ['3', false],
      ['4', false],
    ]);
    expect(found['left']).toBe(0);
  });

  it('hears what its topics match, with headers as they were sent', () => {
    expect(found['topic']).toEqual(['order.paid', 'order.paid', found['headers'], 3]);
  });

  it('is sent back what no queue takes, and told with a nack that a full queue took no more', () => {
    expect(found['returned']).toEqual([312, 'NO_ROUTE', 'nobody', 'x']);
    expect(found['nacked']).toBe(true);
  });

  it('finds what it rejected and what expired in the dead letter queue, with the story of it', () => {
    expect(found['deaths']).toEqual([
      ['rejected', 1, true, null],
      ['expired', 1, true, '1'],
    ]);
  });

  it('sends and receives a message of many frames', () => {
    expect(found['large']).toBe(true);
  });

  it('publishes what it commits, and not what it takes back', () => {
    expect(found['transaction']).toEqual([0, 'this', null]);
  });

  it('is told that its consumer is gone as the queue was deleted', () => {
    expect(found['cancelled']).toBe(true);
  });

  it('is told of mistakes, and goes on with another channel', () => {
    expect(found['channel_error']).toEqual([404, "NOT_FOUND - no queue 'nowhere' in vhost '/'"]);
    expect(found['next_channel']).toBe(0);
    expect(found['refused']).toContain('ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN');
  });

  it('is told that the broker ends, and connects again', () => {
    expect(found['closed']).toEqual([
      320,
      "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'",
    ]);
    expect(found['again']).toBe(0);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonWith, runPython } from './python-program.ts';
import { RestartableBroker } from './restartable-broker.ts';

const python = pythonWith('kombu', 'python3-kombu');

describe.skipIf(!python)('kombu on py-amqp (left out without python3-kombu)', () => {
  let broker: RestartableBroker;
  let found: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    broker = await RestartableBroker.start();
    // Else it is skipped.
    found = await runPython(python as string, 'kombu_program.py', broker);
  });
  afterAll(async () => broker[Symbol.asyncDispose]());

  it('calls and is answered by way of direct reply-to', () => {
    expect(found['rpc']).toEqual([
      ['1', [11]],
      ['2', [12]],
    ]);
  });

  it('works through a queue with a prefetch, gives back what it cannot do, and sees it again', () => {
    expect(found['ready_beyond_prefetch']).toBe(2);
    expect(found['work_queue']).toEqual([
      [1, false],
      [2, false],
      [1, true],
      [3, false],
      [4, false],
    ]);
    expect(found['left']).toBe(0);
  });

  it('hears what its topics match, with headers as they were sent', () => {
    expect(found['topic']).toEqual(['order.paid', { key: 'order.paid' }, found['headers'], 3]);
  });

  it('is sent back what no queue takes, and told with a nack that a full queue took no more', () => {
    expect(found['returned']).toEqual(['Basic.return: (312) NO_ROUTE']);
    expect(found['nacked']).toBe('MessageNacked');
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

  it('is told that its consumer is gone as the queue was deleted, after the answer to that', () => {
    expect(found['cancelled']).toBe('ConsumerCancelled');
  });

  it('is told of mistakes, and goes on with another channel', () => {
    expect(found['channel_error']).toEqual([404, "NOT_FOUND - no queue 'nowhere' in vhost '/'"]);
    expect(found['next_channel']).toBe(0);
    expect(found['refused']).toContain('ACCESS_REFUSED - Login was refused using authentication mechanism');
  });

  it('publishes and consumes again when the broker was restarted', () => {
    expect(found['lost']).not.toEqual([]);
    expect(found['again']).toEqual(['again']);
  });
});

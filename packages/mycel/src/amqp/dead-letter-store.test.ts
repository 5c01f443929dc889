import { describe, expect, test } from 'vitest';
import { countReady, connectTo, handlerQueue, putLetters, takeAll } from '../../../../tests/support/dead-letters.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { MemoryBroker } from '../testing/memory-broker.ts';
import { MemoryTransport } from '../testing/memory-transport.ts';
import type { DeadLetter } from '../transport/dead-letter.ts';
import type { LetterFate } from '../transport/dead-letter-transport.ts';
import { LetterNotReplayedError } from '../transport/letter-not-replayed-error.ts';
import { DisconnectedError } from '../transport/transport-errors.ts';
import { deadLetterQueue } from './topology.ts';

forbidUnhandledRejections();

const onSold = handlerQueue('stock', 'onSold');
const ids = (count: number): { id: string }[] => Array.from({ length: count }, (_, index) => ({ id: `l-${index}` }));

/** A broker with letters, and the transport of somebody who looks at them. */
async function letters(count: number, queues = [onSold]) {
  const broker = new MemoryBroker();
  await putLetters(broker, ids(count), queues);
  const transport = new MemoryTransport({ broker });
  return { broker, transport, store: transport.deadLetters };
}

const keep = (): LetterFate => 'keep';

describe('dead letters', () => {
  test('are shown oldest first, and stay in their order, however many there are', async () => {
    const { broker, store, transport } = await letters(750);
    for (const time of ['first', 'second']) {
      const seen: string[] = [];
      const counts: number[] = [];
      const sorted = await store.sortOut((letter) => (seen.push(letter.id), 'keep'), {
        onCount: (count) => counts.push(count),
      });
      expect(sorted, time).toEqual({ kept: 750, replayed: 0, dropped: 0, missed: 0, failed: [] });
      expect(counts).toEqual([750]);
      expect(seen).toEqual(ids(750).map(({ id }) => id));
    }
    expect(await countReady(broker, deadLetterQueue.queue)).toBe(750);
    await transport.close();
  });

  test('that were never there are none, and looking for them makes no queue', async () => {
    const broker = new MemoryBroker();
    const transport = new MemoryTransport({ broker });
    const counts: number[] = [];
    const sorted = await transport.deadLetters.sortOut(keep, { onCount: (count) => counts.push(count) });
    expect(sorted).toEqual({ kept: 0, replayed: 0, dropped: 0, missed: 0, failed: [] });
    expect(counts).toEqual([0]);
    expect(broker.queue(deadLetterQueue.queue)).toBeUndefined();
    await transport.close();
  });

  test('are dropped one by one', async () => {
    const { broker, store, transport } = await letters(5);
    const sorted = await store.sortOut(({ id }) => (id === 'l-1' || id === 'l-3' ? 'drop' : 'keep'));
    expect(sorted).toMatchObject({ kept: 3, dropped: 2 });
    const left: string[] = [];
    await store.sortOut(({ id }) => (left.push(id), 'keep'));
    expect(left).toEqual(['l-0', 'l-2', 'l-4']);
    expect(await countReady(broker, deadLetterQueue.queue)).toBe(3);
    await transport.close();
  });

  test('that come while one looks are left for the next time', async () => {
    const { broker, store, transport } = await letters(2);
    const seen: string[] = [];
    await store.sortOut(async ({ id }): Promise<LetterFate> => {
      seen.push(id);
      await putLetters(broker, [{ id: `after ${id}` }]);
      return 'keep';
    });
    expect(seen).toEqual(['l-0', 'l-1']);
    expect(await countReady(broker, deadLetterQueue.queue)).toBe(4);
    await transport.close();
  });

  test('that somebody else has in hand are counted, and not waited for', async () => {
    const { broker, store, transport } = await letters(3);
    const sorted = await store.sortOut(keep, {
      onCount: () =>
        void connectTo(broker).then(async (other) => (await other.openChannel()).get(deadLetterQueue.queue)),
    });
    expect(sorted).toMatchObject({ kept: 2, missed: 1 });
    await transport.close();
  });

  test('are left alone from the moment that the signal aborts', async () => {
    const { broker, store, transport } = await letters(5);
    const stop = new AbortController();
    const sorted = await store.sortOut(
      ({ id }) => {
        if (id === 'l-1') stop.abort();
        return 'drop';
      },
      { signal: stop.signal },
    );
    expect(sorted).toMatchObject({ dropped: 2, missed: 0 });
    expect(await countReady(broker, deadLetterQueue.queue)).toBe(3);
    await transport.close();
  });

  test('are given back if deciding fails', async () => {
    const { broker, store, transport } = await letters(3);
    const deciding = store.sortOut(() => {
      throw new RangeError('cannot decide');
    });
    await expect(deciding).rejects.toThrow(RangeError);
    expect(await countReady(broker, deadLetterQueue.queue)).toBe(3);
    await transport.close();
  });

  test('stay when the connection is lost, and that is told', async () => {
    const { broker, store, transport } = await letters(3);
    const looking = store.sortOut(({ id }) => {
      if (id === 'l-1') transport.cut();
      return 'drop';
    });
    await expect(looking).rejects.toThrow(DisconnectedError);
    await expect(looking).rejects.toThrow(/dropped before, and the rest is still there/);
    expect(await countReady(broker, deadLetterQueue.queue)).toBeGreaterThanOrEqual(1);
    await transport.close();
  });
});

describe('a replay', () => {
  const replay = (): LetterFate => 'replay';

  test('goes to the queue of the handler that failed, as its sender published it', async () => {
    const { broker, store, transport } = await letters(1, [onSold, handlerQueue('bill', 'onSold')]);
    expect(await store.sortOut(replay)).toMatchObject({ replayed: 1, failed: [] });
    expect(await takeAll(broker, onSold)).toEqual([
      {
        payload: { id: 'l-0' },
        headers: {
          'nameko.call_id_stack': ['web.page.1', 'shop.sell.2'],
          'nameko.user': 'ada',
          'mycel-exchange': 'shop.events',
          'mycel-routing-key': 'sold',
          'mycel-replay-of': 'l-0',
          'mycel-replays': 1,
          'x-delivery-count': 0, // the broker's own, of this queue
        },
      },
    ]);
    expect(await countReady(broker, handlerQueue('bill', 'onSold'))).toBe(0);
    expect(await countReady(broker, deadLetterQueue.queue)).toBe(0);
    await transport.close();
  });

  test('of a letter that was in hand before says that it may be there twice', async () => {
    const { broker, store, transport } = await letters(1);
    await store.sortOut(keep);
    await store.sortOut(replay);
    const [replayed] = await takeAll(broker, onSold);
    expect(replayed?.headers).toMatchObject({ 'mycel-maybe-twice': true });
    await transport.close();
  });

  test('keeps the order of the letters', async () => {
    const { broker, store, transport } = await letters(100);
    await store.sortOut(replay);
    const payloads = (await takeAll(broker, onSold)).map(({ payload }) => payload);
    expect(payloads).toEqual(ids(100));
    await transport.close();
  });

  test('to a queue that is gone fails, and the letter stays', async () => {
    const { broker, store, transport } = await letters(3, []);
    const { replayed, failed } = await store.sortOut(({ id }) => (id === 'l-1' ? 'replay' : 'keep'));
    expect([replayed, failed.length]).toEqual([0, 1]);
    expect(failed[0]?.error).toBeInstanceOf(LetterNotReplayedError);
    expect(failed[0]?.error.message).toContain(`the queue ${onSold} is gone`);
    expect(failed[0]?.letter).toMatchObject({ id: 'l-1', body: new Uint8Array(), payload: undefined });
    const left: string[] = [];
    await store.sortOut(({ id }) => (left.push(id), 'keep'));
    expect(left).toEqual(['l-0', 'l-1', 'l-2']);
    await transport.close();
    expect(await countReady(broker, deadLetterQueue.queue)).toBe(3);
  });

  test('to a queue that takes no more fails, and the letter stays', async () => {
    const { broker, store, transport } = await letters(2, []);
    const connection = await connectTo(broker);
    const channel = await connection.openChannel();
    await channel.declareQueue(onSold, { arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } });
    const { replayed, failed } = await store.sortOut(replay);
    expect([replayed, failed.map(({ letter }) => letter.id)]).toEqual([1, ['l-1']]);
    expect(failed[0]?.error.message).toContain('takes no more');
    await transport.close();
    await connection.close();
  });

  test('of what nobody knows the origin of fails', async () => {
    const { broker, store, transport } = await letters(0);
    const connection = await connectTo(broker);
    const channel = await connection.openChannel();
    channel.publish('', deadLetterQueue.queue, 'no letter');
    await connection.close();
    const seen: DeadLetter[] = [];
    const { failed } = await store.sortOut((letter) => (seen.push(letter), 'replay'));
    expect(seen[0]).toMatchObject({ service: '', queue: '', payload: undefined });
    expect(failed[0]?.error.message).toContain('nothing tells which queue it came from');
    await transport.close();
  });
});

import { describe, expect, test } from 'vitest';
import { handlerQueue, putLetters, takeAll } from '../../../../tests/support/dead-letters.ts';
import { hurry } from '../../../../tests/support/hurried-clock.ts';
import { MemoryBroker } from '../testing/memory-broker.ts';
import { MemoryTransport } from '../testing/memory-transport.ts';
import { findLetters, LetterNotFoundError } from './letter-search.ts';
import { workOn } from './letter-work.ts';
import { Pace } from './pace.ts';

const onSold = handlerQueue('stock', 'onSold');

async function letters(...ids: readonly string[]) {
  const broker = new MemoryBroker();
  await putLetters(
    broker,
    ids.map((id) => ({ id })),
    [onSold],
  );
  const transport = new MemoryTransport({ broker });
  const left = async (): Promise<string[]> => {
    const seen: string[] = [];
    await transport.deadLetters.sortOut(({ id }) => (seen.push(id), 'keep'));
    return seen;
  };
  return { broker, transport, store: transport.deadLetters, left };
}

const never = new AbortController().signal;

describe('work on dead letters', () => {
  test('is done with those that are meant, the oldest first, up to a limit', async () => {
    const { broker, transport, store, left } = await letters('a-1', 'b-1', 'a-2', 'a-3');
    const progress: [number, number][] = [];
    const done = await workOn(store, {
      fate: 'replay',
      isMeant: ({ id }) => id.startsWith('a'),
      limit: 2,
      signal: never,
      onProgress: (seen, taken) => progress.push([seen, taken]),
    });
    expect(done).toMatchObject({ replayed: 2, failed: [] });
    expect(progress).toEqual([
      [1, 1],
      [2, 1],
      [3, 2],
    ]);
    expect((await takeAll(broker, onSold)).map(({ payload }) => payload)).toEqual([{ id: 'a-1' }, { id: 'a-2' }]);
    expect(await left()).toEqual(['b-1', 'a-3']);
    await transport.close();
  });

  test('keeps its pace, by the letters that are meant', async () => {
    const { transport, store, left } = await letters('a-1', 'b-1', 'a-2', 'a-3');
    const turns: number[] = [];
    let dropped = 0;
    await hurry(async () => {
      const done = await workOn(store, {
        fate: 'drop',
        isMeant: ({ id }) => id.startsWith('a'),
        pace: new Pace(2),
        signal: never,
        onProgress: (_seen, taken) => {
          if (taken > turns.length) turns.push(performance.now());
        },
      });
      dropped = done.dropped;
    });
    expect(dropped).toBe(3);
    expect(turns.map((at) => at - (turns[0] ?? 0))).toEqual([0, 500, 1000]);
    expect(await left()).toEqual(['b-1']);
    await transport.close();
  });

  test('leaves the letter whose turn it waits for when it is interrupted', async () => {
    const { transport, store, left } = await letters('a-1', 'a-2', 'a-3');
    const stop = new AbortController();
    const done = await workOn(store, {
      fate: 'drop',
      isMeant: () => true,
      pace: new Pace(1 / 3600),
      signal: stop.signal,
      onProgress: () => setImmediate(() => stop.abort()),
    });
    expect(done.dropped).toBe(1);
    expect(await left()).toEqual(['a-2', 'a-3']);
    await transport.close();
  });
});

describe('letters are found', () => {
  test('by their ids, and by how those begin', async () => {
    const { transport, store } = await letters('aa-1', 'ab-12', 'ab-1', 'c');
    const ids = async (...beginnings: string[]): Promise<string[]> =>
      (await findLetters(store, beginnings)).map(({ id }) => id);
    expect(await ids('aa')).toEqual(['aa-1']);
    expect(await ids('c', 'aa')).toEqual(['c', 'aa-1']);
    expect(await ids('ab-1')).toEqual(['ab-1']);
    await expect(ids('ab')).rejects.toThrow(/^2 dead letters begin with ab \(ab-12, ab-1\); write more of the id/);
    await expect(ids('x')).rejects.toThrow(LetterNotFoundError);
    await transport.close();
  });

  test('without looking on once all are there', async () => {
    const { transport, store } = await letters('a', 'b', 'c');
    let seen = 0;
    await findLetters(store, ['b'], { onSeen: () => (seen += 1) });
    expect(seen).toBe(2);
    await transport.close();
  });
});

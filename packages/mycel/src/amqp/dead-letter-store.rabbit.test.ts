import { expect, test } from 'vitest';
import { useAmqpWorld } from '../../../../tests/support/amqp-world.ts';
import { countReady, handlerQueue, putLetters, takeAll } from '../../../../tests/support/dead-letters.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { DisconnectedError } from '../transport/transport-errors.ts';
import { deadLetterQueue } from './topology.ts';

forbidUnhandledRejections();

const world = useAmqpWorld();
const onSold = handlerQueue('stock', 'onSold');
const ids = (count: number): { id: string }[] => Array.from({ length: count }, (_, index) => ({ id: `l-${index}` }));

test('letters that were looked at are in their order the next time', async () => {
  await putLetters(world.rabbit.uri, ids(1500));
  const { deadLetters } = await world.transport();
  for (const time of ['first', 'second', 'third']) {
    const seen: string[] = [];
    await deadLetters.sortOut((letter) => (seen.push(letter.id), 'keep'));
    expect(seen, time).toEqual(ids(1500).map(({ id }) => id));
  }
});

test('a thousand letters are replayed, none lost and none twice', async () => {
  await putLetters(world.rabbit.uri, ids(1000), [onSold]);
  const transport = await world.transport();
  expect(await transport.deadLetters.sortOut(() => 'replay')).toMatchObject({ replayed: 1000, failed: [], missed: 0 });
  await transport.close();
  expect(await countReady(world.rabbit.uri, onSold)).toBe(1000);
  expect(await countReady(world.rabbit.uri, deadLetterQueue.queue)).toBe(0);
});

test('two who sort out at once replay each letter once, and neither waits for the other', async () => {
  await putLetters(world.rabbit.uri, ids(600), [onSold]);
  const [one, other] = await Promise.all([world.transport(), world.transport()]);
  const sorted = await Promise.all([one, other].map(({ deadLetters }) => deadLetters.sortOut(() => 'replay')));
  expect(sorted[0]!.replayed + sorted[1]!.replayed).toBe(600);
  expect(await countReady(world.rabbit.uri, onSold)).toBe(600);
});

test('a connection that is cut in the middle loses no letter', async () => {
  await putLetters(world.rabbit.uri, ids(200), [onSold]);
  const transport = await world.faultyTransport();
  const sorting = transport.deadLetters.sortOut(({ id }) => {
    if (id === 'l-50') world.proxy.cut();
    return 'replay';
  });
  await expect(sorting).rejects.toThrow(DisconnectedError);
  await transport.close();
  const { deadLetters } = await world.transport();
  const copies = new Map<unknown, boolean[]>();
  // The broker gives the letters back when it has noticed the loss.
  while (copies.size < 200) {
    await deadLetters.sortOut(() => 'replay');
    for (const { headers } of await takeAll(world.rabbit.uri, onSold)) {
      const id = headers['mycel-replay-of'];
      copies.set(id, [...(copies.get(id) ?? []), headers['mycel-maybe-twice'] === true]);
    }
  }
  for (const flags of copies.values()) expect(flags.filter((isFlagged) => !isFlagged).length).toBeLessThanOrEqual(1);
});

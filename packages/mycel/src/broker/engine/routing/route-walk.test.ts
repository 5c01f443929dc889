import { beforeEach, describe, expect, it } from 'vitest';
import { doorOfTable, type RoutingDoor } from '../../../../../../tests/support/routing-door.ts';

let door: RoutingDoor;

beforeEach(async () => {
  door = doorOfTable('/');
  for (const queue of ['q', 'r', 's']) await door.declareQueue(queue);
});

/** Declares a fanout exchange that leads to a queue. */
async function fanoutTo(queue: string, exchange: string, alternate?: string): Promise<void> {
  const args = alternate === undefined ? {} : { 'alternate-exchange': alternate };
  await door.declareExchange(exchange, 'fanout', { arguments: args });
  await door.bindQueue(queue, exchange, '');
}

describe('a message', () => {
  it('reaches the queue of its name through the default exchange, and no other way', async () => {
    expect(await door.reached('', 'q')).toEqual(['q']);
    expect(await door.reached('', 'nope')).toEqual([]);
    await door.deleteQueue('q');
    expect(await door.reached('', 'q')).toEqual([]);
  });

  it('reaches all queues of a fanout exchange, whatever its key', async () => {
    for (const queue of ['q', 'r', 's']) await door.bindQueue(queue, 'amq.fanout', queue);
    expect(await door.reached('amq.fanout', 'any')).toEqual(['q', 'r', 's']);
  });

  it('reaches a queue once, however many ways lead there', async () => {
    await fanoutTo('q', 'f');
    for (const key of ['k', 'l']) await door.bindQueue('q', 'amq.direct', key);
    await door.bindExchange('f', 'amq.direct', 'k');
    await door.bindQueue('r', 'f', '');
    expect(await door.reached('amq.direct', 'k', { CC: ['l', 'k'] })).toEqual(['q', 'r']);
    expect(await door.reached('', 'q', { CC: ['q', 'r', 'r'] })).toEqual(['q', 'r']);
  });

  it('keeps its key from exchange to exchange, and each matches its own way', async () => {
    await door.bindExchange('amq.direct', 'amq.topic', 'a.*');
    await door.bindQueue('q', 'amq.direct', 'a.b');
    expect(await door.reached('amq.topic', 'a.b')).toEqual(['q']);
    expect(await door.reached('amq.topic', 'a.c')).toEqual([]);
  });

  it('reaches an internal exchange through another', async () => {
    await door.declareExchange('i', 'fanout', { internal: true });
    await door.bindQueue('q', 'i', '');
    await door.bindExchange('i', 'amq.fanout', '');
    expect(await door.reached('amq.fanout', '')).toEqual(['q']);
  });

  it('gets out of a circle of exchanges', async () => {
    await fanoutTo('q', 'a');
    await fanoutTo('r', 'b');
    await door.bindExchange('b', 'a', '');
    await door.bindExchange('a', 'b', '');
    await door.bindExchange('a', 'a', '');
    expect(await door.reached('a', '')).toEqual(['q', 'r']);
    expect(await door.reached('b', '')).toEqual(['q', 'r']);
  });

  it('goes by all keys of CC and BCC', async () => {
    for (const queue of ['q', 'r', 's']) await door.bindQueue(queue, 'amq.direct', queue);
    expect(await door.reached('amq.direct', 'q', { CC: ['r'], BCC: ['s', 'nope'] })).toEqual(['q', 'r', 's']);
    expect(await door.reached('amq.direct', 'nope', { BCC: ['s'] })).toEqual(['s']);
  });

  it('is not matched by the header BCC, which is gone by then', async () => {
    await door.bindQueue('q', 'amq.headers', '', { BCC: null });
    await door.bindQueue('r', 'amq.headers', '', { CC: null });
    expect(await door.reached('amq.headers', '', { BCC: ['x'], CC: [] })).toEqual(['r']);
  });
});

describe('an alternate exchange', () => {
  const alternate = (exchange: string) => ({ arguments: { 'alternate-exchange': exchange } });

  it('gets what nothing matched, and nothing else', async () => {
    await fanoutTo('r', 'lost');
    await door.declareExchange('x', 'direct', alternate('lost'));
    await door.bindQueue('q', 'x', 'k');
    expect(await door.reached('x', 'k')).toEqual(['q']);
    expect(await door.reached('x', 'l')).toEqual(['r']);
    expect(await door.reached('x', 'l', { CC: ['k'] })).toEqual(['q']);
  });

  it('does not get what an exchange took that led no further', async () => {
    await fanoutTo('r', 'lost');
    await door.declareExchange('x', 'direct', alternate('lost'));
    await door.declareExchange('end', 'fanout');
    await door.bindExchange('end', 'x', 'k');
    expect(await door.reached('x', 'k')).toEqual([]);
  });

  it('has an alternate itself, and is one for exchanges on the way', async () => {
    await fanoutTo('q', 'last');
    await door.declareExchange('middle', 'direct', alternate('last'));
    await door.declareExchange('x', 'direct', alternate('middle'));
    await door.bindExchange('x', 'amq.fanout', '');
    expect(await door.reached('x', 'k')).toEqual(['q']);
    expect(await door.reached('amq.fanout', 'k')).toEqual(['q']);
  });

  it('may be missing, come later, be the default one, or lead back', async () => {
    await door.declareExchange('x', 'direct', alternate('later'));
    expect(await door.reached('x', 'k')).toEqual([]);
    await fanoutTo('q', 'later');
    expect(await door.reached('x', 'k')).toEqual(['q']);
    await door.declareExchange('y', 'direct', alternate(''));
    expect(await door.reached('y', 'q')).toEqual([]);
    await door.declareExchange('a', 'direct', alternate('b'));
    await door.declareExchange('b', 'direct', alternate('a'));
    expect(await door.reached('a', 'k')).toEqual([]);
  });
});

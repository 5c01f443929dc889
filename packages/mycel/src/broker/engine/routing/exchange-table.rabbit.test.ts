import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectOptionsOf } from '../../../../../../tests/support/amqp-connect-options.ts';
import { useFreshVhost } from '../../../../../../tests/support/fresh-vhost.ts';
import { rabbitVersion } from '../../../../../../tests/support/rabbit.ts';
import {
  doorOfChannel,
  doorOfTable,
  refusalOf,
  type RoutingDoor,
} from '../../../../../../tests/support/routing-door.ts';
import { routingRefusals } from '../../../../../../tests/support/routing-refusals.ts';
import { SeededRandom } from '../../../../../../tests/support/seeded-random.ts';
import { forbidUnhandledRejections } from '../../../../../../tests/support/unhandled-rejections.ts';
import { AmqpConnection, type FieldTable, type FieldValue } from '../../../protocol/client/index.ts';

forbidUnhandledRejections();

const isRabbit4 = Number.parseInt(await rabbitVersion(), 10) >= 4;

const rabbit = useFreshVhost();
let connection: AmqpConnection;
let theirs: RoutingDoor;
let ours: RoutingDoor;

beforeEach(async () => {
  connection = await AmqpConnection.connect(connectOptionsOf(rabbit.uri));
  theirs = await doorOfChannel(await connection.openChannel());
  ours = doorOfTable(rabbit.vhost);
});

afterEach(async () => {
  await connection.close();
});

/** Does the same at both, ours first. */
async function both<T>(act: (door: RoutingDoor) => Promise<T>): Promise<[T, T]> {
  return [await act(ours), await act(theirs)];
}

function arrayOf<T>(length: number, make: () => T): T[] {
  return Array.from({ length }, make);
}

describe('routing, and the same at RabbitMQ', () => {
  it.each(routingRefusals)('refuses $what', async ({ given, attempt, code, text, since4 }) => {
    await both(async (door) => given?.(door));
    const refused = { replyCode: code, replyText: text.replace('{vhost}', rabbit.vhost) };
    const theirRefusal = (isRabbit4 && since4) || refused;
    expect(await both((door) => refusalOf(attempt(door)))).toEqual([refused, theirRefusal]);
  });

  it('leads keys through the same topic patterns', async () => {
    const random = new SeededRandom(20_221_108);
    const phrase = (words: readonly string[]): string => arrayOf(random.below(5), () => random.pick(words)).join('.');
    await both((door) => door.declareExchange('t', 'topic'));
    for (let at = 0; at < 60; at++) {
      const pattern = phrase(['a', 'b', '*', '#', '']);
      await both(async (door) => {
        await door.declareQueue(`${at} ${pattern}`);
        await door.bindQueue(`${at} ${pattern}`, 't', pattern);
      });
    }
    for (const key of arrayOf(60, () => phrase(['a', 'b', 'c', '', '*', '#']))) {
      const [here, there] = await both((door) => door.reached('t', key));
      expect(here, `key '${key}'`).toEqual(there);
    }
  });

  it('compares the same headers', async () => {
    const random = new SeededRandom(20_221_109);
    // No dates: to RabbitMQ 4 none equals another.
    const values: readonly FieldValue[] = [null, 1, 2, '1', true, 1.5, Buffer.from('1'), [1], [], {}];
    const table = (names: readonly string[]): FieldTable =>
      Object.fromEntries(arrayOf(random.below(4), () => [random.pick(names), random.pick(values)]));
    await both((door) => door.declareExchange('h', 'headers'));
    for (let at = 0; at < 80; at++) {
      const match = random.pick([
        {},
        ...['all', 'any', 'all-with-x', 'any-with-x'].map((kind) => ({ 'x-match': kind })),
      ]);
      const asked = { ...table(['a', 'b', 'x-a', '']), ...match };
      await both(async (door) => {
        await door.declareQueue(`h${at}`);
        await door.bindQueue(`h${at}`, 'h', '', asked);
      });
    }
    for (const headers of arrayOf(60, () => table(['a', 'b', 'c', 'x-a', '']))) {
      const [here, there] = await both((door) => door.reached('h', '', headers));
      expect(here, JSON.stringify(headers)).toEqual(there);
    }
  });

  it('takes the header BCC away before headers are compared, an empty one too', async () => {
    await both(async (door) => {
      for (const queue of ['bcc', 'cc']) await door.declareQueue(queue);
      await door.bindQueue('bcc', 'amq.headers', '', { BCC: null });
      await door.bindQueue('cc', 'amq.headers', '', { CC: null });
    });
    const copies = { CC: [], BCC: [] };
    expect(await both((door) => door.reached('amq.headers', '', copies))).toEqual([['cc'], ['cc']]);
  });

  it('goes the same ways through exchanges bound to each other, alternates, CC and BCC', async () => {
    const random = new SeededRandom(20_221_110);
    const names = ['x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7', 'x8', 'x9'];
    const keys = ['a', 'b', 'a.b'];
    for (const name of names) {
      const args = random.below(2) === 0 ? {} : { 'alternate-exchange': random.pick([...names, 'nope', '']) };
      const type = random.pick(['direct', 'topic', 'fanout', 'headers']);
      await both((door) => door.declareExchange(name, type, { arguments: args }));
    }
    for (const queue of keys) await both((door) => door.declareQueue(queue));
    for (let at = 0; at < 20; at++) {
      const [source, destination, key] = [random.pick(names), random.pick(names), random.pick([...keys, '#', 'a.*'])];
      await both((door) => door.bindExchange(destination, source, key));
      if (at % 2 === 0) await both((door) => door.bindQueue('a', source, key));
      else await both((door) => door.bindQueue('b', destination, key));
    }
    for (let at = 0; at < 100; at++) {
      const headers = { CC: [random.pick(keys), 'a'], BCC: [random.pick(keys)], z: null };
      const chosen = random.pick([{}, { z: 1 }, headers]);
      const [exchange, key] = [random.pick([...names, '']), random.pick([...keys, 'c'])];
      const [here, there] = await both((door) => door.reached(exchange, key, chosen));
      expect(here, `${key} at '${exchange}' with ${JSON.stringify(chosen)}`).toEqual(there);
    }
  });

  it('deletes the same exchanges with their last bindings', async () => {
    const random = new SeededRandom(20_221_111);
    const names = ['x0', 'x1', 'x2', 'x3', 'x4', 'x5'];
    const exists = async (door: RoutingDoor, name: string): Promise<boolean> =>
      door.bindExchange(name, 'amq.headers', 'probe').then(
        () => true,
        () => false,
      );
    for (let round = 0; round < 5; round++) {
      for (const name of names) await both((door) => door.declareExchange(name, 'fanout', { autoDelete: true }));
      await both((door) => door.declareQueue('q'));
      for (let at = 0; at < 8; at++) {
        const [source, destination] = [random.pick(names), random.pick(names)];
        await both((door) => door.bindExchange(destination, source, ''));
        await both((door) => door.bindQueue('q', destination, ''));
      }
      const deleted = random.pick(names);
      await both((door) => door.deleteExchange(deleted));
      await both((door) => door.deleteQueue('q'));
      // A failed bind ends RabbitMQ's channel, so each is asked on a channel of its own.
      for (const name of names) {
        const asking = await doorOfChannel(await connection.openChannel());
        expect(await exists(ours, name), name).toBe(await exists(asking, name));
        await both((door) => door.deleteExchange(name));
      }
    }
  });
});

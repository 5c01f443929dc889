import { describe, expect, it } from 'vitest';
import { installedServer } from '../../scripts/test-rings/private-rabbitmq.ts';
import type { StockCalls } from '../support/guarded-services.ts';
import { type ClusterBooks, useClusterWorld } from '../support/cluster-world.ts';
import { forbidUnhandledRejections } from '../support/unhandled-rejections.ts';

forbidUnhandledRejections();

const limit = 600_000;

// Three nodes need a RabbitMQ that can be started: one that only answers somewhere is not enough.
describe.skipIf(!installedServer())('a node of a cluster', () => {
  const world = useClusterWorld();

  /** Waits until so many more events are confirmed, and as many calls as that takes have ended. */
  const untilMore = async (books: ClusterBooks, count: number): Promise<void> => {
    const from = books.confirmed.length;
    await expect.poll(() => books.confirmed.length).toBeGreaterThan(from + count);
  };

  it(
    'that is killed, with queues that it leads and all that is connected to it, loses no event, refuses none, and keeps their order',
    async () => {
      const { services } = world;
      // Calls have their queue on another node.
      await services.start({ uri: world.uri(2), heartbeat: 2000 }, { only: 'stock' });
      await (await services.start({ uri: world.uri(1) }, { only: 'ledger' })).stop();
      await world.connect(1);
      const books = await world.underLoad(async (kept) => {
        await services.start({ uri: world.uri(), heartbeat: 2000 }, { only: 'ledger' });
        await untilMore(kept, 50);
        await world.node(1).crash();
        await untilMore(kept, 200);
        await world.node(1).startAgain();
        await untilMore(kept, 50);
      });
      expect(books.rejected).toEqual([]);
      await world.balance(books);
      const { broker } = world.transport.health().parts?.['connection'] ?? {};
      expect([world.uri(2), world.uri(3)].map((uri) => uri.replace(':guest@', '@'))).toContain(broker);
      expect(
        new Set(books.calls.filter(({ idempotent }) => idempotent).map(({ outcome }) => outcome.slice(0, 7))),
      ).toEqual(new Set(['counted']));
    },
    limit,
  );

  it.each([
    ['the caller', 1],
    ['nobody', 2],
  ])(
    'that is killed with a quorum queue of calls, while %s is connected to it, fails no call that may be repeated, and calls go on without it',
    async (_who, callers) => {
      const { services } = world;
      const rpc_queue_type = 'quorum';
      await (await services.start({ uri: world.uri(1), rpc_queue_type }, { only: 'stock' })).stop();
      await services.start({ uri: world.uri(2, 3), rpc_queue_type }, { only: 'stock' });
      await services.start({ uri: world.uri(2, 3) }, { only: 'ledger' });
      const client = await world.connect(callers);
      const count = client.rpc<StockCalls>('stock').count.with({ timeout: '5s' });
      const loaded = world.underLoad(async (kept) => {
        await untilMore(kept, 50);
        const places = await world.node(2).places(world.vhost);
        expect(places.find(({ name }) => name === 'rpc-stock')).toMatchObject({ leader: world.node(1).name });
        await world.node(1).crash();
        await expect.poll(() => count('without it').catch(() => 'away')).toBe('counted without it');
        await untilMore(kept, 100);
      });
      // Whatever becomes of it, the next test needs all nodes.
      await Promise.allSettled([loaded]);
      await world.node(1).startAgain();
      const books = await loaded;
      const ends = books.calls.map(({ idempotent, outcome }) => [idempotent, outcome.slice(0, 7)]);
      expect(new Set(ends.filter(([idempotent]) => idempotent).map(([, end]) => end))).toEqual(new Set(['counted']));
      const honest = new Set<unknown>(['counted', 'MYCEL_D', 'MYCEL_C']);
      expect(ends.filter(([, end]) => !honest.has(end))).toEqual([]);
      await world.balance(books);
    },
    limit,
  );

  it(
    'that is lost while all are connected elsewhere holds up no event; calls whose queue it has end, and work again when it is back',
    async () => {
      const { services } = world;
      await (await services.start({ uri: world.uri(3) })).stop(); // it leads all queues, and has that of the calls
      const runner = await services.start({ uri: world.uri(1, 2) });
      const client = await world.connect(1);
      const books = await world.underLoad(async (kept) => {
        await untilMore(kept, 50);
        await world.node(3).crash();
        await untilMore(kept, 200);
        await services.start({ uri: world.uri(1, 2) }, { only: 'ledger' }); // what needs no calls starts meanwhile
        const reasons = async (): Promise<string> => JSON.stringify((await runner.health.ready()).reasons);
        // RabbitMQ 4.3 says nothing where the others say why.
        await expect
          .poll(reasons)
          .toMatch(/home node .* down or inaccessible|not answered queue\.declare of queue 'rpc-stock'/);
        await world.node(3).startAgain();
        const call = client.rpc<StockCalls>('stock').count.with({ timeout: '5s' });
        await expect.poll(() => call('back').catch(() => 'away')).toBe('counted back');
      });
      expect(books.rejected).toEqual([]);
      await world.balance(books, { wasSentOnce: true });
      const honest = new Set(['MYCEL_SERVICE_UNAVAILABLE', 'MYCEL_CALL_TIMEOUT']);
      const ends = books.calls.map(({ outcome }) => outcome);
      expect(ends.filter((end) => !end.startsWith('counted') && !honest.has(end))).toEqual([]);
      const lasting = (await world.node(1).places(world.vhost)).filter(({ name }) =>
        /^(evt-.*(on|retry)|mycel\.dead)/.test(name),
      );
      const replicated = lasting.filter(({ name }) => !name.includes('radio'));
      expect(replicated.map(({ name, members }) => [name, members.length])).toEqual(
        expect.arrayContaining([
          ['evt-shop-sold--stock.onSold', 3],
          ['evt-shop-sold--stock.onSold.retry-100ms', 3],
          ['mycel.dead-letters', 3],
        ]),
      );
      expect(new Set(replicated.map(({ members }) => members.length))).toEqual(new Set([3]));
    },
    limit,
  );

  it(
    'after the other is stopped and started again, as an upgrade does, loses no event, and refuses none',
    async () => {
      const { services } = world;
      await services.start({ uri: world.uri() });
      await services.start({ uri: world.uri() });
      await world.connect(1);
      const books = await world.underLoad(async (kept) => {
        for (const number of [1, 2, 3]) {
          await world.node(number).stop();
          await untilMore(kept, 50);
          await world.node(number).startAgain();
        }
        await untilMore(kept, 50);
      });
      expect(books.rejected).toEqual([]);
      await world.balance(books);
    },
    limit,
  );

  it(
    'that stands still is left for another one, and no event is lost or refused when it goes on',
    async () => {
      const { services } = world;
      await (await services.start({ uri: world.uri(1) }, { only: 'ledger' })).stop();
      await services.start({ uri: world.uri(2, 3), heartbeat: 2000 });
      await world.connect(1, '2s');
      const broker = (): string => world.transport.health().parts?.['connection']?.broker ?? '';
      const first = broker();
      const books = await world.underLoad(async (kept) => {
        await untilMore(kept, 50);
        world.node(1).suspend();
        try {
          await expect.poll(broker).not.toBe(first);
        } finally {
          world.node(1).resume();
        }
        await untilMore(kept, 100);
      });
      expect(books.rejected).toEqual([]);
      await world.balance(books, { mayBeRefused: true });
    },
    limit,
  );
});

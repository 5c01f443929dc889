import { afterAll, describe, expect, it } from 'vitest';
import { forbidUnhandledRejections } from '../support/unhandled-rejections.ts';
import { type HealingWorld, useHealingWorld } from '../support/healing-world.ts';
import { installedServer } from '../../scripts/test-rings/private-rabbitmq.ts';

forbidUnhandledRejections();

const queue = 'evt-shop-sold--shop.onSold';

/** Something that happens to a service that runs. */
interface Cause {
  readonly what: string;
  /** Makes it happen. */
  readonly strike: (world: HealingWorld) => Promise<unknown>;
  /** Why the service is not ready then. */
  readonly reason: RegExp;
  /** Ends it, where it does not end by itself. */
  readonly mend?: (world: HealingWorld) => Promise<unknown>;
  /** The one line that tells of it, of one connection if it concerns both. */
  readonly told: RegExp;
  readonly connection?: string;
  /** What was counted. */
  readonly counter: string;
  readonly heartbeat?: '5s';
}

const lost = { counter: 'connections_lost', connection: 'mycel' };

const causes: readonly Cause[] = [
  {
    what: 'a connection that is reset',
    strike: async ({ proxy }) => proxy.cut(),
    reason: /transport: connection: the connection was lost/,
    told: /^lost the connection to the broker/,
    ...lost,
  },
  {
    what: 'a connection that is half open',
    heartbeat: '5s',
    strike: async ({ proxy }) => proxy.freeze(),
    reason: /the connection was lost: .*heartbeat/i,
    mend: async ({ proxy }) => proxy.thaw(),
    told: /^lost the connection to the broker/,
    ...lost,
  },
  {
    what: 'a broker that is restarted',
    strike: async ({ node }) => node.control('stop_app'),
    reason: /the connection was lost, and does not come back yet/,
    mend: async ({ node }) => node.control('start_app'),
    told: /^lost the connection to the broker/,
    ...lost,
  },
  {
    what: 'a connection that an operator closes',
    strike: async ({ rabbit }) => rabbit.closeConnections('maintenance'),
    reason: /the connection was lost: .*maintenance/,
    told: /^lost the connection to the broker .*maintenance/,
    ...lost,
  },
  {
    what: 'an error of a channel',
    strike: async (world) => {
      const channel = await (await world.foreign()).createChannel();
      // Its answer finds no exchange to go to.
      channel.sendToQueue('rpc-shop', Buffer.from('{"args":[],"kwargs":{}}'), {
        contentType: 'application/json',
        contentEncoding: 'utf-8',
        replyTo: 'x',
      });
      await channel.deleteExchange('nameko-rpc');
    },
    reason: /shop, rpc server|exchanges/,
    told: /^the exchange 'nameko-rpc' was deleted/,
    counter: 'exchanges_restored',
  },
  {
    what: 'a consumer whose queue is deleted',
    strike: async (world) => (await (await world.foreign()).createChannel()).deleteQueue(queue),
    reason: /shop, event onSold: its channel was lost: .*its queue was deleted/,
    told: /shop\.onSold.*its queue was deleted.*attaching again$/,
    counter: 'consumers_cancelled',
  },
  {
    what: 'a consumer that does not acknowledge in time',
    strike: async (world) => world.hang(),
    reason: /shop, event onSold: its channel was lost: .*timed out/,
    told: /shop\.onSold.*acknowledgement.*timed out.*attaching again$/,
    counter: 'channels_lost',
  },
  {
    what: 'an exchange that is deleted',
    strike: async (world) => (await (await world.foreign()).createChannel()).deleteExchange('shop.events'),
    reason: /exchanges: the exchange 'shop\.events' was deleted/,
    told: /^the exchange 'shop\.events' was deleted/,
    counter: 'exchanges_restored',
  },
  {
    what: 'a broker that is short of memory',
    strike: async ({ node, transport }) => {
      await node.control('set_vm_memory_high_watermark', '0.0001');
      // The broker blocks a connection when it next publishes.
      const context = { callIdStack: [], data: {} };
      transport.publish({ source: 'shop', type: 'other', payload: 1, context }).catch(() => {});
    },
    reason: /transport: connection: the broker takes no messages: /,
    mend: async ({ node }) => node.control('set_vm_memory_high_watermark', '0.4'),
    told: /^the broker takes no messages for now/,
    counter: 'connections_blocked',
  },
];

const times: string[] = [];

async function mended(world: HealingWorld, what: string, mend: Cause['mend']): Promise<void> {
  await mend?.(world);
  const since = performance.now();
  await world.readiness.untilOn();
  times.push(`${what}: ready ${Math.round(performance.now() - since)} ms after its end`);
}

/** `npm test` shows nothing of it; `MYCEL_HEALING_TIMES=1` does. */
afterAll(() => {
  if (process.env['MYCEL_HEALING_TIMES']) process.stderr.write(`${times.join('\n')}\n`);
});

describe.skipIf(!installedServer())(
  'a service heals by itself, tells why once, counts it, and is not ready meanwhile, after',
  () => {
    const world = useHealingWorld();

    it.each(causes)('$what', async ({ what, strike, reason, mend, told, connection, counter, heartbeat }) => {
      await world.start(heartbeat && { heartbeat });
      await world.flows();
      const before = world.transport.counters.total(counter);
      const struck = performance.now();
      await strike(world);
      await world.readiness.untilOff(reason);
      if (!mend) times.push(`${what}: not ready after ${Math.round(performance.now() - struck)} ms`);
      await mended(world, what, mend);
      await world.flows();
      expect(world.warnings(connection).filter((message) => told.test(message))).toHaveLength(1);
      expect(world.transport.counters.total(counter)).toBeGreaterThan(before);
    });
  },
);

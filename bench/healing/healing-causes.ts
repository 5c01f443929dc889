import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChannelModel } from 'amqplib';
import { answersAmqp } from '../../scripts/test-rings/amqp-probe.ts';
import { eventQueue, type HealingOptions, type HealingWorld } from './healing-world.ts';

/** Something that tears a service from its broker, and its end. */
export interface HealingCause {
  readonly name: string;
  readonly options?: HealingOptions;
  /** Done once before the service starts. */
  readonly prepare?: (world: HealingWorld) => Promise<unknown>;
  /** Makes it happen, to a service that works or, with `atStart`, to one that begins after it. */
  readonly strike: (world: HealingWorld) => Promise<unknown>;
  readonly atStart?: true;
  /**
   * Ends it; resolves at the moment of its end. Without it, it is over as soon as it has happened, or, where that is not for
   * us to see, as soon as the service notices.
   */
  readonly mend?: (world: HealingWorld) => Promise<unknown>;
  readonly endsWhenNoticed?: true;
  /** How long it lasts after it was noticed, in seconds, at random between both. @default no time */
  readonly lasts?: readonly [number, number];
  /** It takes long; so it gets half the rounds. */
  readonly isSlow?: true;
}

const heartbeat = '1s';

async function deleteExchange(world: HealingWorld, exchange: string): Promise<void> {
  await (await (await world.foreign()).createChannel()).deleteExchange(exchange);
}

/** Resolves once the node takes connections. */
async function untilListens({ node }: HealingWorld): Promise<void> {
  const { hostname, port } = new URL(node.uri);
  while (!(await answersAmqp(hostname, Number(port)))) await delay(5);
}

/** A user of the virtual host with this password. */
async function addUser({ node, rabbit }: HealingWorld, password: string): Promise<string> {
  const user = `user-${randomUUID()}`;
  await node.control('add_user', user, password);
  await node.control('set_permissions', '-p', rabbit.vhost, user, '.*', '.*', '.*');
  return user;
}

/** A connection that the broker blocks, by which it is seen when it takes messages again. */
async function blockBroker(world: HealingWorld): Promise<ChannelModel> {
  const witness = await world.foreign();
  const blocked = once(witness, 'blocked');
  await world.node.control('set_vm_memory_high_watermark', '0.0001');
  (await witness.createChannel()).publish('', 'nowhere', Buffer.from('x'));
  world.publishFromService();
  await blocked;
  return witness;
}

const witnesses = new WeakMap<HealingWorld, ChannelModel>();

/** What is measured, in the order of the table. */
export const healingCauses: readonly HealingCause[] = [
  { name: 'connection reset', strike: async ({ proxy }) => proxy.cut() },
  {
    name: 'half-open: what was sent arrives in the end',
    options: { heartbeat },
    strike: async ({ proxy }) => proxy.freeze(),
    mend: async ({ proxy }) => proxy.thaw(),
    lasts: [0, 2],
  },
  {
    name: 'half-open: what was sent is gone, of new connections too',
    options: { heartbeat },
    strike: async ({ proxy }) => proxy.freeze(),
    mend: (world) => world.detour(),
    lasts: [1, 4],
  },
  { name: 'connection closed by an operator', strike: ({ rabbit }) => rabbit.closeConnections('maintenance') },
  {
    name: 'channel error (an answer has no exchange)',
    strike: async (world) => {
      const channel = await (await world.foreign()).createChannel();
      const call = { contentType: 'application/json', contentEncoding: 'utf-8', replyTo: 'x' };
      channel.sendToQueue('rpc-shop', Buffer.from('{"args":[],"kwargs":{}}'), call);
      await channel.deleteExchange('nameko-rpc');
    },
  },
  {
    name: 'queue deleted',
    strike: async (world) => (await (await world.foreign()).createChannel()).deleteQueue(eventQueue),
  },
  { name: 'exchange of events deleted', strike: (world) => deleteExchange(world, 'shop.events') },
  { name: 'exchange of calls deleted', strike: (world) => deleteExchange(world, 'mycel-calls') },
  { name: 'consumer timeout', strike: (world) => world.hang(), endsWhenNoticed: true },
  {
    name: 'memory alarm',
    strike: async (world) => witnesses.set(world, await blockBroker(world)),
    mend: async (world) => {
      const witness = witnesses.get(world);
      const unblocked = witness && once(witness, 'unblocked');
      void world.node.control('set_vm_memory_high_watermark', '0.4');
      await unblocked;
    },
    isSlow: true,
  },
  {
    name: 'broker stopped and started',
    strike: ({ node }) => node.control('stop_app'),
    mend: (world) => Promise.race([untilListens(world), world.node.control('start_app')]),
    lasts: [0, 3],
    isSlow: true,
  },
  {
    name: 'broker killed and started',
    strike: ({ node }) => node.crash(),
    mend: (world) => Promise.race([untilListens(world), world.node.startAgain()]),
    isSlow: true,
  },
  {
    name: 'credentials rotated',
    strike: async (world) => {
      if (world.login) await world.node.control('change_password', world.login.user, 'new');
      world.proxy.cut();
    },
    prepare: async (world) => {
      world.login = { user: await addUser(world, 'old'), password: 'old' };
    },
    mend: async (world) => {
      if (world.login) world.login = { ...world.login, password: 'new' };
    },
    lasts: [1, 3],
    isSlow: true,
  },
  {
    name: 'no address at the start',
    atStart: true,
    strike: async (world) => void (world.host = 'nobody.invalid'),
    mend: async (world) => void (world.host = '127.0.0.1'),
    lasts: [1, 3],
  },
  {
    name: 'refused at the start',
    atStart: true,
    strike: async ({ proxy }) => proxy.refuse(),
    mend: async ({ proxy }) => proxy.accept(),
    lasts: [1, 3],
  },
  {
    name: 'wrong password at the start',
    atStart: true,
    strike: async (world) => {
      world.login = { user: await addUser(world, 'right'), password: 'wrong' };
    },
    mend: async (world) => {
      if (world.login) world.login = { ...world.login, password: 'right' };
    },
    lasts: [1, 3],
    isSlow: true,
  },
];

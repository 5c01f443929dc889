import { connect, type StandaloneClient } from 'mycel';
import { AmqpTransport } from 'mycel/amqp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { installedServer, type PrivateServer, startPrivateServer } from '../../scripts/test-rings/private-rabbitmq.ts';
import { countReady } from '../support/dead-letters.ts';
import { GuardedServices, lettersAt, type StockCalls, untilLetters } from '../support/guarded-services.ts';
import { type FreshVhost, freshVhost } from '../support/rabbit.ts';
import { type LogRecord, recordingLogger } from '../support/recording-logger.ts';
import { forbidUnhandledRejections } from '../support/unhandled-rejections.ts';

forbidUnhandledRejections();

let node: PrivateServer;
let rabbit: FreshVhost;
let services: GuardedServices;
let client: StandaloneClient;
let transport: AmqpTransport;

beforeAll(async () => {
  if (installedServer()) node = await startPrivateServer(installedServer() ?? '');
});
afterAll(async () => node?.[Symbol.asyncDispose]());

beforeEach(async () => {
  rabbit = await freshVhost({ uri: node.uri, managementUri: node.environment?.['RABBITMQ_MANAGEMENT_URI'] });
  services = new GuardedServices();
  transport = new AmqpTransport({ uri: rabbit.uri, publishTimeout: '5m' });
  client = await connect(transport, { timeout: '5m' });
});

afterEach(async () => {
  await services.end();
  await client.close();
  await rabbit[Symbol.asyncDispose]();
});

/** What became of a call. */
async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => (error as { code?: string }).code);
}

/** Which quorum queues there are RabbitMQ writes to the disk half a second after it has made one: killed before that, it loses it. */
async function queuesWritten(): Promise<void> {
  await node.control('eval', '[dets:sync(Table) || Table <- dets:all()].');
}

const limit = 400_000;
const again = { idempotent: true } as const;

const ends = [
  ['restarted', async (): Promise<unknown> => node.control('stop_app'), async () => node.control('start_app')],
  ['killed', async (): Promise<unknown> => node.crash(), async () => node.startAgain()],
] as const;

describe.skipIf(!installedServer()).each(ends)('a broker that is %s', (_what, end, begin) => {
  it(
    'loses no event that waits, is handled, failed, or is published meanwhile, and keeps their order',
    async () => {
      // First of all: RabbitMQ may not find a quorum queue again that it made half a second before it was killed.
      const late = await retried('late');
      await (await services.start({ uri: rabbit.uri })).stop(); // the queues are there
      await client.dispatch('shop', 'sold', { id: 'waits' });
      await services.start({ uri: rabbit.uri }, { only: 'ledger' });
      const gate = services.hold('a1');
      await client.dispatch('shop', 'moved', { id: 'a1' });
      for (const id of ['a2', 'a3']) await client.dispatch('shop', 'moved', { id });
      await services.steps.until('a1 began');
      await client.dispatch('shop', 'moved', { id: 'dead', fails: 3 });
      await untilLetters(transport, 1);

      await queuesWritten();
      await end();
      const meanwhile = client.dispatch('shop', 'sold', { id: 'meanwhile' });
      await begin();
      gate.resolve();
      expect(await meanwhile).toEqual({ routed: true });
      await services.start({ uri: rabbit.uri }, { only: 'stock' });
      for (const id of ['waits', 'meanwhile', 'a3']) await services.steps.until(`${id} ended`);
      await services.steps.until(`${late} began, attempt 2`);
      expect(services.runs.filter(({ id }) => /^a\d$/.test(id)).map(({ id }) => id)).toEqual(['a1', 'a1', 'a2', 'a3']);
      expect(services.unmarkedRunsOf('a1')).toHaveLength(1);
      expect(await lettersAt(transport)).toMatchObject([{ payload: { id: 'dead' } }]);
      expect(await transport.deadLetters.sortOut(() => 'replay')).toMatchObject({ replayed: 1 });
    },
    limit,
  );

  it(
    'fails the calls that were sent, has idempotent ones sent again, and is called again',
    async () => {
      await services.start({ uri: rabbit.uri }, { only: 'stock' });
      const { count, countOnce } = client.rpc<StockCalls>('stock');
      const gates = ['plain', 'once', 'again'].map((id) => services.hold(id));
      const outcomes = [outcomeOf(count('plain')), outcomeOf(countOnce('once')), count.with(again)('again')];
      for (const id of ['plain', 'once', 'again']) await services.steps.until(`${id} began`);
      await end();
      expect(await outcomes[0]).toBe('MYCEL_DISCONNECTED');
      expect(await outcomes[1]).toBe('MYCEL_DISCONNECTED');
      await begin();
      for (const gate of gates) gate.resolve();
      expect(await outcomes[2]).toBe('counted again');
      expect(await count.with(again)('next')).toBe('counted next');
      expect(services.runsOf('once')).toHaveLength(1);
    },
    limit,
  );
});

describe.skipIf(!installedServer())('a broker whose quorum queues are not up yet', () => {
  const up = async (): Promise<unknown> =>
    node.control('eval', 'supervisor:restart_child(ra_systems_sup, quorum_queues).');

  afterEach(up);

  it(
    'is waited for by services that start, though it refuses their queues',
    async () => {
      await node.control('eval', 'supervisor:terminate_child(ra_systems_sup, quorum_queues).');
      const records: LogRecord[] = [];
      const starting = services.start({ uri: rabbit.uri }, { logger: recordingLogger(records) });
      const ended = vi.fn<() => void>();
      starting.then(ended, ended);
      const refusals = (): LogRecord[] => records.filter(({ message }) => message.includes('541 INTERNAL_ERROR'));
      await expect.poll(() => refusals().length).toBeGreaterThan(1);
      expect(ended).not.toHaveBeenCalled();
      await up();
      await starting;
      await client.dispatch('shop', 'sold', { id: 'first' });
      await services.steps.until('first ended');
    },
    limit,
  );
});

/** Lets an event fail that comes again in a while, and waits until the broker has it. */
async function retried(id: string): Promise<string> {
  await transport.events.subscribe(
    {
      source: 'shop',
      type: 'late',
      service: 'late',
      method: 'onLate',
      mode: 'service-pool',
      reliable: true,
      prefetch: 1,
    },
    async ({ failures = 0, payload }) => {
      services.steps.note(`${String(payload)} began, attempt ${failures + 1}`);
      return failures === 0 ? { kind: 'retry', delayMs: 20_000 } : 'ack';
    },
  );
  await client.dispatch('shop', 'late', id);
  const waiting = 'evt-shop-late--late.onLate.retry-30s';
  await expect.poll(() => countReady(rabbit.uri, waiting)).toBe(1);
  return id;
}

const petabyte = String(1e15);

/** What to set, to what for an alarm, and to what for its end. */
const alarms = [
  ['memory', 'set_vm_memory_high_watermark', '0.0001', '0.4'],
  ['disk', 'set_disk_free_limit', petabyte, '50MB'],
] as const;

describe.skipIf(!installedServer()).each(alarms)('a broker that is short of %s', (_what, limitOf, much, usual) => {
  const alarm = async (): Promise<unknown> => node.control(limitOf, much);
  const allClear = async (): Promise<unknown> => node.control(limitOf, usual);

  afterEach(async () => {
    await allClear();
  });

  it(
    'holds back what is published, retries and dead letters, and none is lost; handlers go on',
    async () => {
      await services.start({ uri: rabbit.uri });
      const gates = ['slow', 'fails', 'dies', 'a1'].map((id) => services.hold(id));
      for (const [id, fails] of [
        ['slow', 0],
        ['fails', 1],
        ['dies', 3],
      ] as const)
        await client.dispatch('shop', 'sold', { id, fails });
      for (const id of ['a1', 'a2']) await client.dispatch('shop', 'moved', { id });
      for (const id of ['slow', 'fails', 'dies', 'a1']) await services.steps.until(`${id} began`);
      await alarm();
      const outcomes: string[] = [];
      const held = client.dispatch('shop', 'sold', { id: 'held' }).then(() => outcomes.push('held'));
      const call = outcomeOf(client.rpc<StockCalls>('stock').count.with({ timeout: '1s' })('call'));
      for (const gate of gates) gate.resolve();
      for (const id of ['slow', 'a1', 'a2']) await services.steps.until(`${id} ended`);
      expect(await call).toBe('MYCEL_CALL_TIMEOUT');
      expect(outcomes).toEqual([]);
      expect([services.runsOf('fails').length, services.runsOf('dies').length]).toEqual([1, 1]);
      await allClear();
      await held;
      await services.steps.until('held ended');
      await services.steps.until('fails ended');
      expect(await untilLetters(transport, 1)).toMatchObject([{ payload: { id: 'dies' }, attempts: 3 }]);
      expect(services.runsOf('call').length).toBeLessThanOrEqual(1);
    },
    limit,
  );

  it(
    'holds back a replay, whose letter stays until then',
    async () => {
      await services.start({ uri: rabbit.uri }, { only: 'stock' });
      await client.dispatch('shop', 'sold', { id: 'dead', fails: 3 });
      await untilLetters(transport, 1);
      await alarm();
      const other = new AmqpTransport({ uri: rabbit.uri });
      await other.open();
      const replay = other.deadLetters.sortOut(() => 'replay').then(() => services.steps.note('replayed'));
      const blocked = client.dispatch('shop', 'sold', { id: 'blocked' });
      expect(services.steps.has('replayed')).toBe(false);
      await allClear();
      await Promise.all([replay, blocked]);
      await other.close();
      await services.steps.until('blocked ended');
      await expect.poll(() => services.runsOf('dead').length).toBeGreaterThan(3);
    },
    limit,
  );

  it(
    'keeps services neither from starting nor from stopping',
    async () => {
      await alarm();
      const runner = await services.start({ uri: rabbit.uri });
      const blocked = outcomeOf(transport.events.publish(unsent));
      await runner.stop();
      await allClear();
      await blocked;
    },
    limit,
  );
});

const unsent = { source: 'shop', type: 'sold', payload: { id: 'unsent' }, context: { callIdStack: [], data: {} } };

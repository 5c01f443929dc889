import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../../../../tests/support/amqp-world.ts';
import { type LogRecord, recordingLogger } from '../../../../tests/support/recording-logger.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import type { InboundCall, OutboundCall } from '../transport/rpc-transport.ts';
import type { AmqpTransport } from './amqp-transport.ts';

forbidUnhandledRejections();

/** What a Nameko service has to be granted. */
const namekosRights = '^(nameko-rpc|rpc[-.].*|.*[.]events|evt-.*)$';

const world = useAmqpWorld();
const context = { callIdStack: [], data: {} };
const ping: OutboundCall = { service: 'lab', method: 'ping', args: [], kwargs: {}, context, timeoutMs: 10_000 };

async function answering(
  server: AmqpTransport,
  handle: (call: InboundCall) => Promise<unknown> = async () => 'pong',
): Promise<void> {
  await server.serve('lab', { prefetch: 5, methods: ['ping'] }, async (call) => ({
    kind: 'reply',
    value: await handle(call),
  }));
}

async function expectPongs(caller: AmqpTransport): Promise<void> {
  for (let call = 0; call < 3; call++) expect(await caller.call(ping).reply).toEqual({ ok: true, value: 'pong' });
}

function withoutIn(records: readonly LogRecord[]): string[] {
  return records.map(({ message }) => message).filter((message) => message.includes('works without'));
}

describe('without rights to all but what Nameko has', () => {
  it.each(['nameko', 'mycel'] as const)(
    'calls are answered, and it is said once what is missing (topology %s)',
    async (topology) => {
      await world.rabbit.permit(namekosRights);
      const records: LogRecord[] = [];
      const logger = recordingLogger(records);
      const [server, caller] = [await world.transport({ logger, topology }), await world.transport({ topology })];
      await answering(server);
      await expectPongs(caller);
      await server.prepareCalls();
      const told = withoutIn(records);
      expect(new Set(told.map((line) => /exchange '(.*?)'/.exec(line)?.[1]))).toEqual(
        new Set(['mycel-calls', 'mycel-control']),
      );
      expect(told).toHaveLength(2);
      expect(told[0]).toContain("grant the rights to configure, write and read 'mycel.*'");
      expect([server.health().ready, caller.health().ready]).toEqual([true, true]);
      expect([server, caller].map(({ counters }) => counters.total('channels_lost'))).toEqual([0, 0]);
    },
  );

  it('calls are answered though the exchanges are there, and may be declared', async () => {
    await world.rabbit.permit(namekosRights, '.*');
    const [server, caller] = [await world.transport(), await world.transport()];
    await answering(server);
    await expectPongs(caller);
    expect([server, caller].map(({ counters }) => counters.total('channels_lost'))).toEqual([0, 0]);
  });

  it('a call that is cancelled disturbs no other', async () => {
    await world.rabbit.permit(namekosRights);
    const [server, caller] = [await world.transport(), await world.transport()];
    const [taken, released] = [deferred(), deferred()];
    await answering(server, async () => {
      taken.resolve();
      await released.promise;
      return 'pong';
    });
    const abort = new AbortController();
    const [cancelled, other] = [caller.call({ ...ping, signal: abort.signal }), caller.call(ping)];
    await taken.promise;
    abort.abort();
    await expect(cancelled.reply).rejects.toMatchObject({ code: 'MYCEL_CALL_CANCELLED' });
    released.resolve();
    expect(await other.reply).toEqual({ ok: true, value: 'pong' });
  });

  it('an instance answers what comes by the shortcut of one that has them', async () => {
    const [caller, able] = [await world.transport(), await world.transport()];
    await answering(able);
    await expectPongs(caller);
    const raw = await (await world.foreignClient()).createChannel();
    const { queue } = await raw.assertQueue('', { exclusive: true });
    await raw.bindQueue(queue, 'mycel-calls', 'lab.ping');
    await world.rabbit.permit(namekosRights);
    const unable = await world.transport();
    const dying = await world.transport();
    const taken = deferred();
    await answering(dying, () => {
      taken.resolve();
      return new Promise(() => {});
    });
    await able.close();
    const returned = caller.call(ping).reply;
    await taken.promise;
    await dying.close(); // what it held comes back, and is copied
    await answering(unable);
    expect(await returned).toEqual({ ok: true, value: 'pong' });
    await expectPongs(caller);
    expect((await raw.checkQueue(queue)).messageCount).toBe(4);
    expect(unable.counters.total('channels_lost')).toBe(0);
  });
});

describe('rights that are taken away while processes run', () => {
  it('are done without once the connection is another', async () => {
    const [server, caller] = [await world.transport(), await world.transport()];
    await answering(server);
    await expectPongs(caller);
    await world.rabbit.permit(namekosRights);
    await world.rabbit.closeConnections();
    await expect.poll(() => server.health().ready && caller.health().ready).toBe(true);
    await expectPongs(caller);
  });
});

describe('an exchange that has the name of the shortcut and another type', () => {
  it('is left alone, and calls go the long way', async () => {
    const raw = await (await world.foreignClient()).createChannel();
    await raw.assertExchange('mycel-calls', 'fanout', { durable: false });
    const records: LogRecord[] = [];
    const logger = recordingLogger(records);
    const [server, caller] = [await world.transport({ logger }), await world.transport()];
    await answering(server);
    await expectPongs(caller);
    expect(withoutIn(records)).toEqual([expect.stringContaining("'mycel-calls'")]);
    await raw.assertExchange('mycel-calls', 'fanout', { durable: false });
  });
});

import assert from 'node:assert/strict';
import { AccessRefusedError, AmqpServerError, VhostRefusedError } from '../../../protocol/client/index.ts';
import { behavioursOf, type BrokerBehaviour, needing } from './broker-behaviour.ts';
import { connectionFault } from './faults.ts';
import { Inbox } from './inbox.ts';
import { fill } from './queue-contents.ts';

const opening = behavioursOf('a connection', {
  'learns what the broker is and can': async (world) => {
    const { serverProperties } = await world.connect();
    assert.equal(typeof serverProperties['product'], 'string');
    assert.equal(typeof serverProperties['version'], 'string');
    const capabilities = serverProperties['capabilities'] as Record<string, unknown>;
    for (const name of [
      'publisher_confirms',
      'exchange_exchange_bindings',
      'basic.nack',
      'consumer_cancel_notify',
      'connection.blocked',
      'consumer_priorities',
      'authentication_failure_close',
      'per_consumer_qos',
      'direct_reply_to',
    ]) {
      assert.equal(capabilities[name], true, name);
    }
  },
  'to a virtual host that does not exist is refused': async (world) => {
    const refused = await world.connect({ vhost: 'no-such-place' }).catch((error: unknown) => error);
    assert.ok(refused instanceof VhostRefusedError, refused as Error);
    assert.ok(refused.cause instanceof AmqpServerError);
    const { replyCode, replyText } = refused.cause;
    assert.deepEqual([replyCode, replyText], [530, 'NOT_ALLOWED - vhost no-such-place not found']);
  },
  'with a wrong password is refused': needing(['credentials'], async (world) => {
    const credentials = { mechanism: 'PLAIN', username: world.user, password: 'wrong' } as const;
    const refused = await world.connect({ credentials }).catch((error: unknown) => error);
    assert.ok(refused instanceof AccessRefusedError, refused as Error);
    assert.ok(refused.cause instanceof AmqpServerError);
    const { replyCode, replyText } = refused.cause;
    const advice = 'For details see the broker logfile.';
    const text = `ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. ${advice}`;
    assert.deepEqual([replyCode, replyText], [403, text]);
  }),
  'by AMQPLAIN is taken as well': needing(['credentials'], async (world) => {
    const credentials = { mechanism: 'AMQPLAIN', username: world.user, password: 'wrong' } as const;
    const refused = await world.connect({ credentials }).catch((error: unknown) => error);
    assert.ok(refused instanceof AccessRefusedError, refused as Error);
    assert.match(refused.message, /authentication mechanism AMQPLAIN/);
  }),
  'agrees on the smaller limits': async (world) => {
    const { frameMax, channelMax } = await world.connect({ frameMax: 8192, channelMax: 10 });
    assert.deepEqual([frameMax, channelMax], [8192, 10]);
  },
  'has as many channels as were agreed by default': async (world) => {
    const connection = await world.connect();
    assert.equal(connection.channelMax, 2047);
    assert.equal(connection.frameMax, 131_072);
  },
});

const ending = behavioursOf('a connection that ends', {
  'takes all its channels along': async (world) => {
    const connection = await world.connect();
    const [channel, other] = [await connection.openChannel(), await connection.openChannel()];
    await connectionFault(
      channel.declareExchange('x', 'nonsense'),
      503,
      "COMMAND_INVALID - unknown exchange type 'nonsense'",
    );
    assert.equal((await other.closed).reason, 'connection');
  },
  'leaves other connections': async (world) => {
    const connection = await world.connect();
    const channel = await world.withQueue();
    await (await connection.openChannel()).declareExchange('x', 'nonsense').catch(() => undefined);
    await fill(channel, ['a']);
  },
  'had published what was sent before': async (world) => {
    const inbox = await Inbox.open(await world.withQueue(), 'q');
    const connection = await world.connect();
    (await connection.openChannel()).publish('', 'q', 'a');
    await connection.close();
    await inbox.next();
  },
  'ends its consumers': async (world) => {
    const channel = await world.withQueue();
    const connection = await world.connect();
    await Inbox.open(await connection.openChannel(), 'q');
    const inbox = await Inbox.open(channel, 'q');
    await connection.close();
    // Messages no longer go round.
    await fill(channel, ['a', 'b', 'c', 'd']);
    const texts = await inbox.takeTexts(4);
    assert.deepEqual(texts.toSorted(), ['a', 'b', 'c', 'd']);
  },
});

export const connections: readonly BrokerBehaviour[] = [...opening, ...ending];

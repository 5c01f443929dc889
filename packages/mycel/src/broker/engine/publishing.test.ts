import { describe, expect, it } from 'vitest';
import { EngineClient, faultOf } from '../../../../../tests/support/engine-client.ts';
import { BrokerEngine } from './broker-engine.ts';

function confirming(options: ConstructorParameters<typeof BrokerEngine>[0] = {}): EngineClient {
  const client = new EngineClient(new BrokerEngine(options));
  client.declare('q');
  client.channel.handle({ name: 'confirm.select', noWait: false });
  client.sent.length = 0;
  return client;
}

describe('Publishing', () => {
  it('confirms each message once its queues have it', () => {
    const client = confirming();
    client.publish('q', 'a');
    client.publish('nowhere', 'b');
    expect(client.sent).toEqual([
      { name: 'basic.ack', deliveryTag: 1, multiple: false },
      { name: 'basic.ack', deliveryTag: 2, multiple: false },
    ]);
  });

  it('sends a mandatory message back that no queue has got, before it confirms it', () => {
    const client = confirming();
    let sentBefore = -1;
    client.onMessage = () => {
      sentBefore = client.sent.length;
    };
    client.publish('nowhere', 'a', { messageId: '1' }, { mandatory: true });
    expect(client.received[0]?.method).toEqual({
      name: 'basic.return',
      replyCode: 312,
      replyText: 'NO_ROUTE',
      exchange: '',
      routingKey: 'nowhere',
    });
    expect(client.received[0]?.message.properties).toEqual({ messageId: '1' });
    expect([sentBefore, client.sent.length]).toEqual([0, 1]);
  });

  it('passes properties on byte for byte', () => {
    const client = confirming();
    const rawProperties = Buffer.of(0x20, 0, 0, 0, 0, 4, 1, 0x61, 0x62, 7);
    client.channel.publish(
      { name: 'basic.publish', exchange: '', routingKey: 'q', mandatory: false, immediate: false },
      { rawProperties, body: Buffer.from('a') },
    );
    expect(client.get('q')?.message.rawProperties).toEqual(rawProperties);
  });

  it('routes by the keys in CC and BCC too, and shows nobody the latter', () => {
    const client = confirming();
    for (const queue of ['copied', 'blind']) client.declare(queue);
    client.publish('q', 'a', { headers: { CC: ['copied', 'q'], BCC: ['blind'] } });
    expect([client.count('q'), client.count('copied'), client.count('blind')]).toEqual([1, 1, 1]);
    expect(client.get('blind')?.message.properties.headers).toEqual({ CC: ['copied', 'q'] });
  });

  it('takes BCC away before headers are matched, and where it is empty', () => {
    const client = confirming();
    const binding = { queue: 'q', exchange: 'amq.headers', routingKey: '', noWait: false };
    client.channel.handle({ name: 'queue.bind', ...binding, arguments: { 'x-match': 'any', BCC: null } });
    client.publish('', 'a', { headers: { BCC: ['other'] } }, { exchange: 'amq.headers' });
    expect(client.count('q')).toBe(0);
    client.publish('q', 'b', { headers: { BCC: [], own: 1 } });
    expect(client.get('q')?.message.properties.headers).toEqual({ own: 1 });
  });

  it('remembers BCC over one death and the next', () => {
    const client = confirming();
    for (const [queue, next] of [
      ['first', 'amq.direct'],
      ['second', 'amq.topic'],
    ] as const) {
      client.declare(queue, { 'x-dead-letter-exchange': next });
    }
    const bind = (queue: string, exchange: string): void => {
      const binding = { queue, exchange, routingKey: 'hidden', arguments: {}, noWait: true };
      client.channel.handle({ name: 'queue.bind', ...binding });
    };
    bind('second', 'amq.direct');
    bind('q', 'amq.topic');
    client.publish('first', 'a', { headers: { BCC: ['hidden'] } });
    for (const queue of ['first', 'second']) {
      const died = client.get(queue)?.method;
      if (died && 'deliveryTag' in died) client.nack(died.deliveryTag, false);
    }
    const { message } = client.get('q') ?? {};
    expect([message?.routingKey, message?.properties.headers?.['BCC']]).toEqual(['first', undefined]);
  });

  it('brings a message to all its queues before one of them sends it on as dead', () => {
    const client = confirming();
    client.declare('full', { 'x-max-length': 0, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'q' });
    for (const queue of ['full', 'q']) {
      const binding = { queue, exchange: 'amq.fanout', routingKey: '', arguments: {}, noWait: true };
      client.channel.handle({ name: 'queue.bind', ...binding });
    }
    client.publish('', 'a', {}, { exchange: 'amq.fanout' });
    const deaths = [client.get('q'), client.get('q')].map((got) => got?.message.properties.headers?.['x-death']);
    expect(deaths).toEqual([undefined, [expect.objectContaining({ queue: 'full' })]]);
  });

  it('finds no exchange under a name with a line end, though declarations do without it', () => {
    const client = confirming();
    const text = faultOf(() => client.publish('q', 'a', {}, { exchange: 'amq.direct\n' }));
    expect(text).toBe("channel: 404 NOT_FOUND - no exchange 'amq.direct\n' in vhost '/'");
  });

  it.each([
    ['immediately', { immediate: true }, {}, 'connection: 540 NOT_IMPLEMENTED - immediate=true'],
    ['to no exchange', { exchange: 'x' }, {}, "channel: 404 NOT_FOUND - no exchange 'x' in vhost '/'"],
    [
      'as another user',
      {},
      { userId: 'bob' },
      "channel: 406 PRECONDITION_FAILED - user_id property set to 'bob' but authenticated user was 'guest'",
    ],
    [
      'with an expiration that is none',
      {},
      { expiration: 'soon' },
      "channel: 406 PRECONDITION_FAILED - invalid expiration 'soon': no_integer",
    ],
    [
      'for a direct reply without consuming any',
      {},
      { replyTo: 'amq.rabbitmq.reply-to' },
      'channel: 406 PRECONDITION_FAILED - fast reply consumer does not exist',
    ],
  ])('refuses to publish %s', (_, options, properties, fault) => {
    const client = confirming();
    expect(faultOf(() => client.publish('q', 'a', properties, options))).toBe(fault);
    expect([client.sent, client.count('q')]).toEqual([[], 0]);
  });

  it('takes the user id of the user', () => {
    const client = confirming();
    client.publish('q', 'a', { userId: 'guest' });
    expect(client.count('q')).toBe(1);
  });

  it('refuses a message that is too large', () => {
    const client = confirming({ maxMessageBytes: 3 });
    client.publish('q', '123');
    expect(faultOf(() => client.publish('q', '1234'))).toBe(
      'channel: 406 PRECONDITION_FAILED - message size 4 is larger than configured max size 3',
    );
  });

  it('blames the publisher for properties that cannot be read where they have to be', () => {
    const client = confirming();
    const publish = (...rawProperties: number[]): string =>
      faultOf(() =>
        client.channel.publish(
          { name: 'basic.publish', exchange: 'amq.headers', routingKey: '', mandatory: false, immediate: false },
          { rawProperties: Buffer.from(rawProperties), body: Buffer.alloc(0) },
        ),
      );
    client.channel.handle({
      name: 'queue.bind',
      queue: 'q',
      exchange: 'amq.headers',
      routingKey: '',
      noWait: true,
      arguments: { a: 1 },
    });
    expect(publish(0x01, 0, 200)).toMatch(/^connection: 50\d/);
    expect(publish(0x20, 0, 0, 0, 0, 9, 1)).toMatch(/^connection: 50\d/);
  });

  it('holds what a transaction publishes until it is committed', () => {
    const engine = new BrokerEngine();
    const client = new EngineClient(engine);
    client.declare('q');
    client.channel.handle({ name: 'tx.select' });
    client.publish('q', 'a');
    client.publish('nowhere', 'b', {}, { mandatory: true });
    expect([client.count('q'), client.received.length]).toEqual([0, 0]);
    client.channel.handle({ name: 'tx.commit' });
    expect([client.count('q'), client.received.length]).toEqual([1, 1]);
    expect(client.sent.at(-1)).toEqual({ name: 'tx.commit-ok' });
    client.get('q', true);
    expect(engine.status().memory.usedBytes).toBe(0);
  });

  it('forgets what a transaction published when it is rolled back, or its channel closed', () => {
    const engine = new BrokerEngine();
    const client = new EngineClient(engine);
    client.declare('q');
    client.channel.handle({ name: 'tx.select' });
    client.publish('q', 'a');
    client.channel.handle({ name: 'tx.rollback' });
    expect(client.sent.at(-1)).toEqual({ name: 'tx.rollback-ok' });
    client.channel.handle({ name: 'tx.commit' });
    client.publish('q', 'b');
    expect(engine.status().memory.usedBytes).toBeGreaterThan(0);
    client.channel.close();
    expect(engine.status()).toMatchObject({ memory: { usedBytes: 0 }, totals: { published: 0 } });
  });

  it('does one of confirming and transactions on a channel', () => {
    const client = confirming();
    expect(faultOf(() => client.channel.handle({ name: 'tx.select' }))).toBe(
      'channel: 406 PRECONDITION_FAILED - cannot switch from confirm to tx mode',
    );
    const other = client.openChannel();
    other.handle({ name: 'tx.select' });
    expect(faultOf(() => other.handle({ name: 'confirm.select', noWait: false }))).toBe(
      'channel: 406 PRECONDITION_FAILED - cannot switch from tx to confirm mode',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { EngineClient, faultOf } from '../../../../../tests/support/engine-client.ts';
import { BrokerEngine } from './broker-engine.ts';
import { directReplyTo } from './reply-address.ts';

/** A client that waits for replies, and the address it gave with a question. */
function setUp(): { asker: EngineClient; answerer: EngineClient; address: string } {
  const engine = new BrokerEngine();
  const asker = new EngineClient(engine);
  asker.declare('q');
  asker.consume(directReplyTo, { consumerTag: 'replies', noAck: true });
  asker.publish('q', 'question', { replyTo: directReplyTo, correlationId: '1' });
  const answerer = new EngineClient(engine);
  const address = answerer.get('q')?.message.properties.replyTo ?? '';
  return { asker, answerer, address };
}

describe('ReplyAddress', () => {
  it('brings a reply straight to the channel that asked', () => {
    const { asker, answerer, address } = setUp();
    expect(address).toMatch(/^amq\.rabbitmq\.reply-to\./);
    answerer.publish(address, 'answer');
    expect(asker.bodies).toEqual(['answer']);
    expect(asker.received[0]?.method).toEqual({
      name: 'basic.deliver',
      consumerTag: 'replies',
      deliveryTag: 1,
      redelivered: false,
      exchange: '',
      routingKey: address,
    });
  });

  it.each([
    ['cancels its consumer', (asker: EngineClient) => asker.cancel('replies')],
    ['closes the channel', (asker: EngineClient) => asker.channel.close()],
    ['closes the connection', (asker: EngineClient) => asker.connection.close()],
  ])('is gone when the asker %s', (_, leave) => {
    const { asker, answerer, address } = setUp();
    expect(answerer.count(address)).toBe(0);
    leave(asker);
    answerer.publish(address, 'answer', {}, { mandatory: true });
    expect(asker.received).toEqual([]);
    expect(answerer.received.at(-1)?.method).toMatchObject({ name: 'basic.return', replyText: 'NO_ROUTE' });
    expect(faultOf(() => answerer.count(address))).toBe(`channel: 404 NOT_FOUND - no queue '${address}' in vhost '/'`);
  });

  it('gets nothing any more of what a transaction had for it before it went', () => {
    const { asker, answerer, address } = setUp();
    answerer.channel.handle({ name: 'tx.select' });
    answerer.publish(address, 'answer');
    asker.channel.close();
    answerer.channel.handle({ name: 'tx.commit' });
    expect(asker.received).toEqual([]);
  });

  it('is one for each channel, and nothing is settled on it', () => {
    const { asker, answerer } = setUp();
    expect(faultOf(() => asker.consume(directReplyTo, { noAck: true }))).toContain('reply consumer already set');
    expect(faultOf(() => answerer.consume(directReplyTo))).toContain('reply consumer cannot acknowledge');
  });

  it('is no queue', () => {
    const { asker, answerer, address } = setUp();
    expect(asker.count(directReplyTo)).toBe(0);
    expect(faultOf(() => answerer.get(address))).toContain('404 NOT_FOUND');
    expect(faultOf(() => answerer.get(directReplyTo))).toContain('404 NOT_FOUND');
  });
});

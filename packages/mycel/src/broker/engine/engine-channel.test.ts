import { describe, expect, it } from 'vitest';
import { EngineClient, faultOf } from '../../../../../tests/support/engine-client.ts';
import { BrokerEngine } from './broker-engine.ts';

function newClient(engine = new BrokerEngine()): EngineClient {
  const client = new EngineClient(engine);
  client.declare('q');
  return client;
}

describe('EngineChannel', () => {
  it('puts back what it has not settled when it closes, before others get more', () => {
    const engine = new BrokerEngine();
    const client = newClient(engine);
    const other = new EngineClient(engine);
    other.qos(1);
    client.consume('q');
    for (const body of 'abcd') client.publish('q', body);
    other.consume('q');
    for (const body of 'ef') other.publish('q', body);
    client.channel.close();
    client.channel.close();
    expect(other.bodies).toEqual(['f']);
    other.ack(1);
    expect(other.bodies).toEqual(['f', 'aR']);
    expect(engine.status()).toMatchObject({ vhosts: [{ queues: [{ ready: 4, unsettled: 1 }] }] });
  });

  it('gives what it had fetched to the consumers of others when it closes', () => {
    const engine = new BrokerEngine();
    const client = newClient(engine);
    const other = new EngineClient(engine);
    client.publish('q', 'a');
    client.get('q');
    other.consume('q');
    client.channel.close();
    expect(other.bodies).toEqual(['aR']);
  });

  it('takes nothing for itself of what its own end sets free', () => {
    const client = newClient();
    client.declare('dead');
    client.declare('p', {
      'x-queue-type': 'quorum',
      'x-delivery-limit': 0,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'dead',
    });
    client.publish('p', 'a');
    client.get('p');
    client.consume('dead');
    client.channel.close();
    expect(client.bodies).toEqual(['a']);
  });

  it('puts back what an open transaction had settled when it closes', () => {
    const engine = new BrokerEngine();
    const client = newClient(engine);
    client.publish('q', 'a');
    client.get('q');
    client.channel.handle({ name: 'tx.select' });
    client.ack(1);
    client.channel.close();
    expect(new EngineClient(engine).count('q')).toBe(1);
  });

  it('does nothing any more when it is closed', () => {
    const client = newClient();
    client.channel.close();
    client.sent.length = 0;
    client.publish('q', 'a');
    client.declare('other');
    expect(client.sent).toEqual([]);
    expect(client.connection.status().channels).toEqual([]);
  });

  it('settles in a transaction when it is committed, after what was published', () => {
    const client = newClient();
    for (const body of 'abc') client.publish('q', body);
    for (let count = 0; count < 3; count++) client.get('q');
    client.channel.handle({ name: 'tx.select' });
    client.ack(1);
    client.nack(2, true);
    client.publish('q', 'd');
    expect(client.count('q')).toBe(0);
    client.channel.handle({ name: 'tx.commit' });
    expect([client.get('q'), client.get('q')].map((one) => one?.message.body.toString())).toEqual(['b', 'd']);
    expect(client.channel.status().unsettled).toBe(3);
  });

  it('has unsettled again what a transaction settled when it is rolled back', () => {
    const client = newClient();
    for (const body of 'abc') client.publish('q', body);
    for (let count = 0; count < 3; count++) client.get('q');
    client.channel.handle({ name: 'tx.select' });
    client.ack(2);
    expect(faultOf(() => client.ack(2))).toContain('unknown delivery tag 2');
    client.channel.handle({ name: 'tx.rollback' });
    expect(client.channel.status().unsettled).toBe(3);
    client.nack(3, true, true);
    client.channel.handle({ name: 'tx.commit' });
    expect(client.count('q')).toBe(3);
  });

  it.each(['tx.commit', 'tx.rollback'] as const)('refuses %s without a transaction', (name) => {
    expect(faultOf(() => newClient().channel.handle({ name }))).toBe(
      'channel: 406 PRECONDITION_FAILED - channel is not transactional',
    );
  });

  it('lets a client say that messages may flow, not that they may not', () => {
    const client = newClient();
    client.channel.handle({ name: 'channel.flow', active: true });
    expect(client.sent.at(-1)).toEqual({ name: 'channel.flow-ok', active: true });
    expect(faultOf(() => client.channel.handle({ name: 'channel.flow', active: false }))).toBe(
      'connection: 540 NOT_IMPLEMENTED - active=false',
    );
  });

  it('refuses methods that only a broker sends', () => {
    expect(faultOf(() => newClient().channel.handle({ name: 'basic.get-empty' }))).toBe(
      'connection: 503 COMMAND_INVALID - unimplemented method',
    );
  });

  it('refuses a limit in bytes', () => {
    const qos = { name: 'basic.qos', prefetchSize: 5, prefetchCount: 1, global: false } as const;
    expect(faultOf(() => newClient().channel.handle(qos))).toBe(
      'connection: 540 NOT_IMPLEMENTED - prefetch_size!=0 (5)',
    );
  });
});

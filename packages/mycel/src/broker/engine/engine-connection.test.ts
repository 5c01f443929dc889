import { describe, expect, it } from 'vitest';
import { EngineClient, faultOf } from '../../../../../tests/support/engine-client.ts';
import { BrokerEngine } from './broker-engine.ts';

function newClient(engine = new BrokerEngine()): EngineClient {
  const client = new EngineClient(engine);
  client.declare('q');
  return client;
}

describe('EngineConnection', () => {
  it('delivers nothing while it is paused, and then goes on for all consumers in turn', () => {
    const client = newClient();
    for (const consumerTag of ['x', 'y']) client.consume('q', { consumerTag });
    client.connection.pauseDeliveries();
    for (const body of 'abcd') client.publish('q', body);
    expect(client.received).toEqual([]);
    client.connection.resumeDeliveries();
    client.connection.resumeDeliveries();
    expect(client.bodies).toEqual(['a', 'b', 'c', 'd']);
    const tags = client.received.map(({ method }) => ('consumerTag' in method ? method.consumerTag : ''));
    expect(tags.toSorted()).toEqual(['x', 'x', 'y', 'y']);
  });

  it('delivers no more than what is in hand when it is paused in the middle', () => {
    const client = newClient();
    for (const body of 'abcd') client.publish('q', body);
    client.onMessage = () => client.connection.pauseDeliveries();
    client.consume('q', { noAck: true });
    expect(client.bodies).toEqual(['a']);
    client.connection.resumeDeliveries();
    expect(client.bodies).toEqual(['a', 'b']);
  });

  it('leaves the messages to other connections while it is paused', () => {
    const engine = new BrokerEngine();
    const client = newClient(engine);
    const other = new EngineClient(engine);
    client.consume('q');
    other.consume('q');
    client.connection.pauseDeliveries();
    for (const body of 'abc') client.publish('q', body);
    expect(other.bodies).toEqual(['a', 'b', 'c']);
  });

  it('answers while it is paused', () => {
    const client = newClient();
    client.connection.pauseDeliveries();
    client.publish('q', 'a');
    expect(client.get('q')?.message.body.toString()).toBe('a');
  });

  it('closes its channels, puts back what they had and deletes its own queues when it closes', () => {
    const engine = new BrokerEngine();
    const client = newClient(engine);
    client.declare('mine', {}, { exclusive: true });
    client.publish('mine', 'm');
    client.publish('q', 'a');
    client.publish('q', 'b');
    client.get('q');
    client.consume('q', {}, client.openChannel());
    client.received.length = 0;
    client.connection.close();
    client.connection.close();
    client.connection.resumeDeliveries();
    const status = engine.status();
    expect(status.vhosts[0]?.queues).toMatchObject([{ name: 'q', ready: 2, unsettled: 0, consumers: [] }]);
    expect([status.connections, client.received, client.told]).toEqual([[], [], []]);
  });

  it('opens no more channels than all connections together may have', () => {
    const engine = new BrokerEngine({ maxChannels: 3 });
    const client = new EngineClient(engine);
    const other = new EngineClient(engine);
    client.openChannel();
    expect(faultOf(() => other.openChannel())).toBe(
      'connection: 530 NOT_ALLOWED - reached maximum (3) of channels of all connections',
    );
    client.channel.close();
    client.channel.close();
    other.openChannel();
    expect(faultOf(() => other.openChannel())).toContain('530 NOT_ALLOWED');
    client.connection.close();
    other.openChannel();
  });
});

import { describe, expect, it } from 'vitest';
import { EngineClient, faultOf } from '../../../../../tests/support/engine-client.ts';
import { ManualClock } from '../../../../../tests/support/manual-clock.ts';
import { BrokerEngine } from './broker-engine.ts';

describe('BrokerEngine', () => {
  it('refuses connections to a virtual host that is not there', () => {
    const engine = new BrokerEngine();
    expect(faultOf(() => new EngineClient(engine, { vhost: 'other' }))).toBe(
      'connection: 530 NOT_ALLOWED - vhost other not found',
    );
    engine.createVhost('other');
    expect(engine.hasVhost('other')).toBe(true);
    expect(new EngineClient(engine, { vhost: 'other' }).connection.vhost).toBe('other');
  });

  it('keeps virtual hosts apart', () => {
    const engine = new BrokerEngine({ vhosts: ['/', 'other'] });
    const [here, there] = [new EngineClient(engine), new EngineClient(engine, { vhost: 'other' })];
    here.declare('q');
    there.declare('q');
    here.publish('q', 'a');
    expect([here.count('q'), there.count('q')]).toEqual([1, 0]);
  });

  it('ends the connections to a virtual host that is deleted', () => {
    const engine = new BrokerEngine({ vhosts: ['/', 'other'] });
    const [here, there] = [new EngineClient(engine), new EngineClient(engine, { vhost: 'other' })];
    there.declare('q');
    there.publish('q', 'a');
    engine.deleteVhost('other');
    engine.deleteVhost('other');
    expect([here.told, there.told]).toEqual([[], ["closed: 320 CONNECTION_FORCED - vhost 'other' is down"]]);
    expect([engine.hasVhost('other'), engine.status().memory.usedBytes]).toEqual([false, 0]);
  });

  it('ends everything when it is closed', () => {
    const clock = new ManualClock();
    const engine = new BrokerEngine({ clock });
    const client = new EngineClient(engine);
    client.declare('q', { 'x-expires': 1000, 'x-message-ttl': 500 });
    client.publish('q', 'a');
    engine.close();
    engine.close();
    const text = "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'";
    expect(client.told).toEqual([`closed: 320 ${text}`]);
    expect([clock.timerCount, engine.status().vhosts]).toEqual([0, []]);
    expect(faultOf(() => new EngineClient(engine))).toContain('530');
  });

  it('blocks publishers when it keeps too much, those who come later too, until enough has gone', () => {
    const engine = new BrokerEngine({ memoryLimitBytes: 100_000 });
    const client = new EngineClient(engine);
    client.declare('q');
    client.publish('q', 'x'.repeat(60_000));
    expect(engine.blockedReason).toBeUndefined();
    client.publish('q', 'y'.repeat(60_000));
    const late = new EngineClient(engine);
    expect([client.told, late.told]).toEqual([['blocked: low on memory'], ['blocked: low on memory']]);
    expect(engine.status().memory.blocked).toBe('low on memory');
    client.get('q');
    client.ack(1);
    expect([client.told.at(-1), late.told.at(-1)]).toEqual(['unblocked', 'unblocked']);
    expect(engine.blockedReason).toBeUndefined();
  });

  it('tells all it has as JSON', () => {
    const engine = new BrokerEngine();
    const client = new EngineClient(engine, { clientProperties: { product: 'test', large: 2n ** 60n } });
    client.declare('q', { 'x-max-length': 5 }, { exclusive: true });
    client.channel.handle({
      name: 'queue.bind',
      queue: 'q',
      exchange: 'amq.topic',
      routingKey: 'a.#',
      noWait: false,
      arguments: {},
    });
    client.qos(1);
    client.consume('q', { consumerTag: 'c' });
    for (const body of ['one', 'three']) client.publish('a.b', body, {}, { exchange: 'amq.topic' });
    client.publish('nowhere', 'two');
    const status: unknown = JSON.parse(JSON.stringify(engine.status()));
    expect(status).toMatchObject({
      vhosts: [
        {
          name: '/',
          bindings: [{ source: 'amq.topic', destination: 'q', destinationType: 'queue', routingKey: 'a.#' }],
          queues: [
            {
              name: 'q',
              durable: true,
              exclusiveTo: client.connection.id,
              arguments: { 'x-max-length': 5 },
              ready: 1,
              readyBytes: 5,
              unsettled: 1,
              consumers: [{ tag: 'c', channel: 1, prefetch: 1, unsettled: 1, active: true }],
            },
          ],
        },
      ],
      connections: [
        {
          user: 'guest',
          name: null,
          clientProperties: { product: 'test', large: '1152921504606846976' },
          channels: [{ id: 1, mode: 'plain', prefetch: 1, consumers: 1, unsettled: 1 }],
        },
      ],
      memory: { blocked: null },
      totals: { published: 3, unroutable: 1, delivered: 1, acknowledged: 0, requeued: 0, deadLettered: 0 },
    });
  });
});

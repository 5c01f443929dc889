import { expect, it } from 'vitest';
import { BrokerEngine } from '../engine/broker-engine.ts';
import { InProcessLink } from './in-process-link.ts';

it('a link that ends lets what was sent arrive, and is gone then without a goodbye', async () => {
  const engine = new BrokerEngine();
  const link = new InProcessLink(engine, { vhost: '/', user: 'guest' }, { frameMax: 4096, tap: {} });
  const queue = { passive: false, durable: false, exclusive: false, autoDelete: false, noWait: true, arguments: {} };
  link.send(1, { name: 'channel.open' });
  link.send(1, { name: 'queue.declare', queue: 'q', ...queue });
  link.end();
  link.send(1, { name: 'queue.declare', queue: 'too late', ...queue });
  expect(engine.status().connections).toHaveLength(1);
  await Promise.resolve();
  const { connections, vhosts } = engine.status();
  expect(connections).toEqual([]);
  expect(vhosts[0]?.queues.map(({ name }) => name)).toEqual(['q']);
  engine.close();
});

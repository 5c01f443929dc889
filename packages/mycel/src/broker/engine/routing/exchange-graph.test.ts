import { beforeEach, describe, expect, it } from 'vitest';
import { doorOfTable, type RoutingDoor } from '../../../../../../tests/support/routing-door.ts';
import type { Exchange } from './exchange.ts';
import { ExchangeGraph } from './exchange-graph.ts';
import { ExchangeTable } from './exchange-table.ts';

let door: RoutingDoor;

beforeEach(async () => {
  door = doorOfTable('/');
  for (const queue of ['q', 'r', 's']) await door.declareQueue(queue);
});

/** Tells whether an exchange is there. */
async function exists(exchange: string): Promise<boolean> {
  return door.declareExchange(exchange, '', { passive: true }).then(
    () => true,
    () => false,
  );
}

describe('bindings', () => {
  it('are idempotent: bound twice and unbound once is unbound', async () => {
    await door.bindQueue('q', 'amq.direct', 'k', { a: 1 });
    await door.bindQueue('q', 'amq.direct', 'k', { a: 1 });
    expect(await door.reached('amq.direct', 'k')).toEqual(['q']);
    await door.unbindQueue('q', 'amq.direct', 'k', { a: 1 });
    expect(await door.reached('amq.direct', 'k')).toEqual([]);
  });

  it('are other bindings with other arguments, but reach a queue once', async () => {
    await door.bindQueue('q', 'amq.direct', 'k', { a: 1, b: 2 });
    await door.bindQueue('q', 'amq.direct', 'k');
    expect(await door.reached('amq.direct', 'k')).toEqual(['q']);
    await door.unbindQueue('q', 'amq.direct', 'k');
    expect(await door.reached('amq.direct', 'k')).toEqual(['q']);
    await door.unbindQueue('q', 'amq.direct', 'k', { b: 2, a: 1 });
    expect(await door.reached('amq.direct', 'k')).toEqual([]);
  });

  it('of a queue and of an exchange of one name are two', async () => {
    await door.declareExchange('q', 'fanout');
    await door.bindQueue('r', 'q', '');
    await door.bindExchange('q', 'amq.direct', 'k');
    await door.bindQueue('q', 'amq.direct', 'k');
    expect(await door.reached('amq.direct', 'k')).toEqual(['q', 'r']);
    await door.unbindQueue('q', 'amq.direct', 'k');
    expect(await door.reached('amq.direct', 'k')).toEqual(['r']);
  });

  it('may be unbound where there are none', async () => {
    await door.unbindQueue('q', 'amq.direct', 'k');
    await door.unbindQueue('q', 'nope', 'k');
    await door.unbindQueue('nope', 'amq.direct', 'k');
    await door.unbindExchange('nope', 'neither', 'k');
  });

  it('go with their queue, and do not come back with it', async () => {
    for (const exchange of ['amq.direct', 'amq.topic', 'amq.fanout', 'amq.headers']) {
      await door.bindQueue('q', exchange, 'k');
      await door.unbindQueue('q', exchange, 'k');
      await door.bindQueue('q', exchange, 'k');
    }
    await door.deleteQueue('q');
    await door.declareQueue('q');
    for (const exchange of ['amq.direct', 'amq.topic', 'amq.fanout', 'amq.headers']) {
      expect(await door.reached(exchange, 'k')).toEqual([]);
    }
  });

  it('go with an exchange on both its sides', async () => {
    await door.declareExchange('x', 'fanout');
    await door.bindQueue('q', 'x', '');
    await door.bindExchange('x', 'amq.fanout', '');
    await door.deleteExchange('x');
    await door.declareExchange('x', 'fanout');
    expect(await door.reached('x', '')).toEqual([]);
    await door.bindQueue('r', 'x', '');
    expect(await door.reached('amq.fanout', '')).toEqual([]);
  });

  it('are listed with what they were bound with', () => {
    const table = new ExchangeTable<{ readonly name: string }>({ vhost: '/' });
    table.addQueue({ name: 'q' });
    table.bindQueue({ queue: 'q', exchange: 'amq.match', routingKey: 'k', arguments: { a: 1 } });
    table.bindExchange({ destination: 'amq.match', source: 'amq.direct', routingKey: 'l', arguments: {} });
    expect([...table.bindings()]).toEqual([
      { source: 'amq.direct', destination: 'amq.match', destinationType: 'exchange', routingKey: 'l', arguments: {} },
      { source: 'amq.match', destination: 'q', destinationType: 'queue', routingKey: 'k', arguments: { a: 1 } },
    ]);
  });
});

describe('an exchange that deletes itself', () => {
  beforeEach(() => door.declareExchange('x', 'direct', { autoDelete: true }));

  it('stays until it had a binding, and goes with the last', async () => {
    await door.unbindQueue('q', 'x', 'a');
    await door.bindQueue('q', 'x', 'a');
    await door.bindQueue('r', 'x', 'b');
    await door.unbindQueue('q', 'x', 'a');
    expect(await exists('x')).toBe(true);
    await door.unbindQueue('r', 'x', 'b');
    expect(await exists('x')).toBe(false);
  });

  it('goes with the queue that was its last', async () => {
    await door.bindQueue('q', 'x', 'a');
    await door.bindQueue('q', 'x', 'b');
    await door.deleteQueue('q');
    expect(await exists('x')).toBe(false);
  });

  it('does not mind bindings that lead to it', async () => {
    await door.bindExchange('x', 'amq.direct', 'k');
    await door.unbindExchange('x', 'amq.direct', 'k');
    expect(await exists('x')).toBe(true);
  });

  it('takes those before it along', async () => {
    await door.declareExchange('w', 'fanout', { autoDelete: true });
    await door.bindExchange('x', 'w', '');
    await door.bindQueue('q', 'x', 'a');
    await door.unbindQueue('q', 'x', 'a');
    expect(await exists('x')).toBe(false);
    expect(await exists('w')).toBe(false);
  });

  it('may be bound to itself, and goes all the same', async () => {
    await door.bindExchange('x', 'x', 'a');
    await door.unbindExchange('x', 'x', 'a');
    expect(await exists('x')).toBe(false);
  });
});

describe('ExchangeGraph', () => {
  it('counts the memory of its bindings, whatever way they go', () => {
    const graph = new ExchangeGraph<string>();
    const settings = { type: 'fanout', durable: false, internal: false, alternateExchange: undefined } as const;
    const add = (name: string, autoDelete: boolean): Exchange<string> => {
      graph.addExchange({ ...settings, name, autoDelete });
      return graph.exchanges.get(name)!;
    };
    const [first, second, third] = [add('1', false), add('2', false), add('3', true)];
    graph.addQueue('q', 'q');
    const terms = { routingKey: '', arguments: {} };
    graph.bind(first, second, terms);
    const one = graph.bindingBytes;
    graph.bind(first, second, terms);
    graph.bind(second, third, terms);
    graph.bind(second, second, terms);
    graph.bind(third, graph.queues.get('q')!, terms);
    // Two exchanges' names or a queue's and an exchange's do not differ by much.
    expect(Math.round(graph.bindingBytes / one)).toBe(4);
    graph.removeExchange(second);
    expect(Math.round(graph.bindingBytes / one)).toBe(1);
    graph.removeQueue(graph.queues.get('q')!);
    expect(graph.bindingBytes).toBe(0);
    expect([...graph.exchanges.keys()]).toEqual(['1']);
  });

  it('leaves nothing behind at a queue that is bound and unbound over and over', () => {
    const graph = new ExchangeGraph<string>();
    const settings = { type: 'topic', durable: false, internal: false, alternateExchange: undefined } as const;
    graph.addExchange({ ...settings, name: 'x', autoDelete: false });
    graph.addQueue('q', 'q');
    const [exchange, end] = [graph.exchanges.get('x')!, graph.queues.get('q')!];
    for (const routingKey of ['a', 'a.#', '*']) {
      graph.bind(exchange, end, { routingKey, arguments: {} });
      graph.unbind(exchange, end, { routingKey, arguments: {} });
    }
    expect(end.incoming.size).toBe(0);
    expect(exchange.outgoing.size).toBe(0);
  });

  it('takes a long row of exchanges down without deep recursion', () => {
    const graph = new ExchangeGraph<string>();
    const settings = { type: 'fanout', durable: false, internal: false, alternateExchange: undefined } as const;
    const terms = { routingKey: '', arguments: {} };
    graph.addQueue('q', 'q');
    for (let at = 0; at < 20_000; at++) {
      graph.addExchange({ ...settings, name: String(at), autoDelete: true });
      const before = at === 0 ? graph.queues.get('q')! : graph.exchanges.get(String(at - 1))!;
      graph.bind(graph.exchanges.get(String(at))!, before, terms);
    }
    graph.removeQueue(graph.queues.get('q')!);
    expect(graph.exchanges.size).toBe(0);
  });
});

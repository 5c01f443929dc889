import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { SilentBrokerError } from './accompanied-attempt.ts';
import { parseAmqpUris } from './amqp-uri.ts';
import { NetworkSource } from './network-source.ts';

forbidUnhandledRejections();

let nodes: readonly [ObligingBroker, ObligingBroker];

beforeEach(async () => {
  nodes = [await ObligingBroker.start(), await ObligingBroker.start()];
});

afterEach(async () => {
  for (const node of nodes) await node[Symbol.asyncDispose]();
});

const sourceOf = (uris: readonly string[]): NetworkSource => new NetworkSource(parseAmqpUris(uris.join(';')), 1000);

const uris = (): string[] => nodes.map(({ uri }) => uri);

/** How many connections each node has had. */
const connected = (): number[] => nodes.map(({ connections }) => connections.length);

/** None of the nodes gets done with a connection. */
function beSilent(): void {
  for (const node of nodes) node.react = ({ name }) => name === 'connection.start-ok';
}

describe('of the nodes of a cluster', () => {
  it('another one is taken when a connection was lost, and not because one was closed', async () => {
    const source = sourceOf(uris());
    const first = await source.connect({ connectionName: 'test' });
    const [lost] = nodes.filter(({ connections }) => connections.length > 0);
    await first.close();
    const second = await source.connect({ connectionName: 'test' });
    expect(connected().toSorted((a, b) => a - b)).toEqual([0, 2]);
    lost?.connections[1]?.socket.destroy();
    await second.closed;
    await (await source.connect({ connectionName: 'test' })).close();
    expect(connected().toSorted((a, b) => a - b)).toEqual([1, 2]);
  });

  it('another one is tried after one that said nothing, and the same one if nobody wanted the connection any more', async () => {
    beSilent();
    const source = sourceOf(uris());
    for (const [reason, expected] of [
      [new Error('closed'), [0, 1]],
      [new SilentBrokerError(), [0, 2]],
      [new SilentBrokerError(), [1, 2]],
    ] as const) {
      const wanted = new AbortController();
      const connecting = source.connect({ connectionName: 'test', signal: wanted.signal });
      connecting.catch(() => {}); // awaited below
      await expect.poll(() => connected().toSorted((a, b) => a - b)).toEqual(expected);
      wanted.abort(reason);
      await expect(connecting).rejects.toBe(reason);
    }
  });

  it('all are told of when none can be reached, in the order in which they are named', async () => {
    const dead = uris();
    for (const node of nodes) await node[Symbol.asyncDispose]();
    const attempts = Array.from({ length: 12 }, () => sourceOf(dead).connect({ connectionName: 'test' }));
    const failures = (await Promise.allSettled(attempts)).map((attempt) =>
      String((attempt as PromiseRejectedResult).reason),
    );
    expect(new Set(failures).size).toBe(1);
    expect(failures[0]).toMatch(/cannot connect to the broker \(amqp:.*ECONNREFUSED.*; amqp:.*ECONNREFUSED.*\); check/);
  });
});

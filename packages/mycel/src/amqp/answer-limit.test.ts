import { afterEach, beforeEach, expect, it } from 'vitest';
import { hurry } from '../../../../tests/support/hurried-clock.ts';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import type { Logger } from '../foundation/logger.ts';
import type { Method } from '../protocol/codec/index.ts';
import { resolveAmqpOptions } from './amqp-options.ts';
import { KeptChannel } from './kept-channel.ts';
import { SupervisedConnection } from './supervised-connection.ts';

forbidUnhandledRejections();

let broker: ObligingBroker;
let connection: SupervisedConnection;
let warnings: string[];

const logger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (_fields: object, message?: string) => void warnings.push(message ?? ''),
  error: () => {},
  child: () => logger,
};

beforeEach(async () => {
  warnings = [];
  broker = await ObligingBroker.start();
  connection = new SupervisedConnection(resolveAmqpOptions({ uri: broker.uri, heartbeat: 0 }));
  await connection.open();
});

afterEach(async () => {
  broker.react = () => false;
  await connection.close();
  await broker[Symbol.asyncDispose]();
});

/** Keeps a channel that consumes from a queue. */
function keep(): KeptChannel {
  return new KeptChannel(connection, {
    name: 'lab',
    logger,
    prepare: async (channel) => {
      await channel.declareQueue('lab');
      await channel.consume('lab', () => {});
    },
  });
}

/** The broker says nothing to the first `times` methods of that name; gives a function that answers the first after all. */
function ignore(name: Method['name'], times: number, late: Method): () => void {
  let answer = (): void => {};
  broker.react = (method, channel, peer) => {
    if (method.name !== name || broker.count(name) > times) return false;
    if (broker.count(name) === 1) answer = () => peer.send(channel, late);
    return true;
  };
  return () => answer();
}

it('a channel on which the broker does not answer is given up, told of by the step, and replaced', async () => {
  ignore('basic.consume', 1, { name: 'basic.consume-ok', consumerTag: 'late' });
  await hurry(async () => {
    const kept = keep();
    await broker.until('basic.consume');
    expect(kept.health().reason).toBe("the broker has not answered basic.consume of queue 'lab' yet");
    await kept.ready();
    expect(kept.health().ready).toBe(true);
    await kept.close();
  }, 100);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain("it has not answered basic.consume of queue 'lab' for 20 s");
});

it('a broker that does not even open a channel is asked again', async () => {
  ignore('channel.open', 1, { name: 'channel.open-ok' });
  await hurry(async () => {
    const kept = keep();
    await kept.ready();
    await kept.close();
  }, 100);
  expect(warnings[0]).toContain('it has not answered channel.open for 20 s');
});

it('a channel that was given up is closed when the answer comes after all', async () => {
  const answer = ignore('basic.consume', 1, { name: 'basic.consume-ok', consumerTag: 'late' });
  await hurry(async () => {
    const kept = keep();
    await kept.ready();
    expect(broker.count('channel.close')).toBe(0);
    answer();
    await broker.until('channel.close');
    expect(kept.health().ready).toBe(true);
    await kept.close();
  }, 100);
});

it('a broker that has said that it reads nothing for now is waited for', async () => {
  const peer = await broker.connection(1);
  const answer = ignore('basic.consume', 1, { name: 'basic.consume-ok', consumerTag: 'late' });
  await hurry(async () => {
    const kept = keep();
    await broker.until('basic.consume');
    peer.send(0, { name: 'connection.blocked', reason: 'low on memory' });
    const began = performance.now();
    while (performance.now() - began < 100_000) await new Promise((resolve) => setTimeout(resolve, 1000));
    answer();
    await kept.ready();
    await kept.close();
  }, 100);
  expect(broker.count('basic.consume')).toBe(1);
});

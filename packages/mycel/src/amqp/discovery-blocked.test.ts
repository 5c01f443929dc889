import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hurry } from '../../../../tests/support/hurried-clock.ts';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { DisconnectedError } from '../transport/transport-errors.ts';
import { AmqpTransport } from './amqp-transport.ts';

forbidUnhandledRejections();

let broker: ObligingBroker;
let transport: AmqpTransport;

beforeEach(async () => {
  broker = await ObligingBroker.start();
  transport = new AmqpTransport({ uri: broker.uri });
  await transport.open();
});

afterEach(async () => {
  broker.react = () => false;
  await transport.close();
  await broker[Symbol.asyncDispose]();
});

describe('a question for services', () => {
  it('is not asked while the broker takes no messages: that would block what comes after it', async () => {
    (await broker.connection(1)).send(0, { name: 'connection.blocked', reason: 'low on memory' });
    const asked = transport.discovery.discover();
    await expect(asked).rejects.toThrow(DisconnectedError);
    await expect(asked).rejects.toThrow(/not told: the broker takes no messages \(low on memory\)/);
    expect(broker.count('basic.publish')).toBe(0);
  });

  it('is given up when the broker answers nothing', async () => {
    broker.react = ({ name }) => name === 'queue.declare';
    const asked = transport.discovery.discover();
    const rejected = expect(asked).rejects.toThrow(/did not answer within 8000 ms/);
    await hurry(() => asked.catch(() => {}));
    await rejected;
  });

  it('tells that the broker takes no messages, where that is why it does not answer', async () => {
    const connection = await broker.connection(1);
    broker.react = ({ name }) => {
      if (name === 'queue.declare') connection.send(0, { name: 'connection.blocked', reason: 'low on memory' });
      return name === 'queue.declare';
    };
    const asked = transport.discovery.discover();
    const rejected = expect(asked).rejects.toThrow(/not told: the broker takes no messages \(low on memory\)/);
    await hurry(() => asked.catch(() => {}));
    await rejected;
  });
});

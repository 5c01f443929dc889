import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineClient } from '../../../../tests/support/engine-client.ts';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import { type LogRecord, recordingLogger } from '../../../../tests/support/recording-logger.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import { type Logger, silentLogger } from '../foundation/logger.ts';
import { connectInProcess } from '../broker/in-process/index.ts';
import type { AmqpConnection } from '../protocol/client/index.ts';
import { MemoryBroker } from '../testing/memory-broker.ts';
import { TopologyError, TransportClosedError } from '../transport/transport-errors.ts';
import { resolveAmqpOptions } from './amqp-options.ts';
import { ConfirmedCopies, type Copy } from './confirmed-copies.ts';
import { SupervisedConnection } from './supervised-connection.ts';

forbidUnhandledRejections();

let broker: MemoryBroker;
let connections: AmqpConnection[];
let supervised: SupervisedConnection;
let copies: ConfirmedCopies;
let records: LogRecord[];
/** Resolves with the first warning. */
let warned: Promise<void>;

beforeEach(async () => {
  broker = new MemoryBroker();
  connections = [];
  records = [];
  const firstWarning = deferred();
  warned = firstWarning.promise;
  const recording = recordingLogger(records);
  const logger: Logger = {
    ...recording,
    warn: (fields, message) => {
      recording.warn(fields, message);
      firstWarning.resolve();
    },
  };
  const source = {
    target: 'in process',
    connect: async () => {
      const connection = await connectInProcess(broker.engine);
      connections.push(connection);
      return connection;
    },
  };
  supervised = new SupervisedConnection({ source, logger, connectionName: 'test' });
  await supervised.open();
  copies = new ConfirmedCopies(supervised, logger);
});

afterEach(async () => {
  await copies.close(0);
  await supervised.close();
  broker.close();
});

function copy(args: Copy['to']['options'] = {}): Copy {
  return {
    name: 'a copy',
    to: { queue: 'q', options: args },
    properties: {},
    body: Buffer.from('x'),
    from: { isOpen: true },
  };
}

/** Takes all messages of a queue: with what marks they came. */
function marksOf(queue: string): Set<unknown> {
  const client = new EngineClient(broker.engine);
  const marks = new Set<unknown>();
  for (let next = client.get(queue, true); next; next = client.get(queue, true))
    marks.add(next.message.properties.headers?.['mycel-maybe-twice']);
  return marks;
}

/** A channel that messages come on. */
class Origin {
  isOpen = true;
}

describe('a copy', () => {
  it('reaches its queue, which is declared first if it is not there', async () => {
    await copies.publish(copy());
    await copies.publish(copy());
    expect(broker.queue('q')).toMatchObject({ ready: 2 });
  });

  it('is published once more when the queue was full, once there is room', async () => {
    const client = new EngineClient(broker.engine);
    client.declare('q', { 'x-max-length': 0, 'x-overflow': 'reject-publish' });
    const published = copies.publish(copy());
    await warned;
    expect(records).toMatchObject([{ level: 'warn', fields: { queue: 'q' } }]);
    client.channel.handle({ name: 'queue.delete', queue: 'q', ifUnused: false, ifEmpty: false, noWait: true });
    await published;
    expect(broker.queue('q')).toMatchObject({ ready: 1 });
  });

  it('is published once more, marked, when its confirm was lost', async () => {
    const client = new EngineClient(broker.engine);
    client.declare('q');
    await copies.publish(copy());
    const published = copies.publish(copy());
    connections[0]?.destroy(new Error('cut'));
    await published;
    expect(marksOf('q')).toEqual(new Set([undefined, true]));
    expect(records.filter(({ message }) => message.includes('a copy'))).toEqual([]); // of the loss its connection tells
  });

  it('is not published again when its message is delivered again anyway', async () => {
    await copies.publish(copy());
    const from = new Origin();
    const published = copies.publish({ ...copy(), from });
    from.isOpen = false;
    connections[0]?.destroy(new Error('cut'));
    await published;
    await copies.publish(copy());
    expect(marksOf('q')).toEqual(new Set([undefined]));
  });

  it('is let go while nobody can take it, once its message is to be delivered again', async () => {
    await copies.publish(copy());
    connections[0]?.destroy(new Error('cut'));
    const lost = new Origin();
    const needless = Array.from({ length: 64 }, () => copies.publish({ ...copy(), from: lost }));
    lost.isOpen = false;
    const needed = copies.publish(copy());
    await Promise.all(needless);
    expect(supervised.isOpen).toBe(false); // without a broker
    await needed;
    expect(broker.queue('q')).toMatchObject({ ready: 2 });
  });

  it('is refused with what was wrong when its queue cannot be declared', async () => {
    await expect(copies.publish(copy({ arguments: { 'x-strange': 1 } }))).rejects.toThrow(TopologyError);
    await expect(copies.publish(copy({ arguments: { 'x-strange': 1 } }))).rejects.toThrow(/^a copy: .*x-strange/);
    await copies.publish({ ...copy(), to: { queue: 'other', options: {} } });
  });

  it('is given up when the broker refuses it again and again; those beside it arrive', async () => {
    await using refusing = await ObligingBroker.start();
    const closed = new Set<number>();
    let refusals = 0;
    refusing.react = (method, channel, peer) => {
      if (method.name === 'channel.open') closed.delete(channel);
      if (method.name !== 'basic.publish') return false;
      if (closed.has(channel)) return true;
      if (method.routingKey !== 'large') return false;
      closed.add(channel);
      refusals += 1;
      const replyText = 'PRECONDITION_FAILED - message size is larger than max size';
      peer.send(channel, { name: 'channel.close', replyCode: 406, replyText, failedClassId: 60, failedMethodId: 40 });
      return true;
    };
    const connection = new SupervisedConnection(resolveAmqpOptions({ uri: refusing.uri }));
    await connection.open();
    const others = new ConfirmedCopies(connection, silentLogger);
    await others.publish(copy());
    const large = others.publish({ ...copy(), to: { queue: 'large', options: {} } });
    const beside = Array.from({ length: 20 }, () => others.publish(copy()));
    await expect(large).rejects.toThrow(/^a copy: .*larger than max size/);
    expect(refusals).toBe(4);
    await Promise.all(beside);
    await connection.close();
  });

  it('is given up when the connection is closed for good', async () => {
    await supervised.close();
    await expect(copies.publish(copy())).rejects.toThrow(TransportClosedError);
  });
});

import { randomUUID } from 'node:crypto';
import { deferred } from '../foundation/deferred.ts';
import { messageOf } from '../foundation/errors.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import type { AmqpConnection, Delivery } from '../protocol/client/index.ts';
import type { Discovery, DiscoveryQuestion } from '../transport/discovery-transport.ts';
import { DisconnectedError } from '../transport/transport-errors.ts';
import { isLoss, refusalIn, topologyError } from './broker-refusal.ts';
import { countQueue } from './count-queue.ts';
import { nameIn, readAnswer, writeQuestion } from './discovery-body.ts';
import { silentServices } from './silent-services.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import type { ConnectionSource } from './connection-source.ts';
import { discoveryExchange, discoveryReplyQueue, presenceQueue } from './topology.ts';

/** How long a process that is counted may take to answer. */
const usualTimeoutMs = 3000;

/** How long the broker may take to answer all that it is asked itself. */
const answerLimitMs = 5000;

/** Asks which services there are. Each question has a channel and a reply queue of its own, and leaves nothing behind. */
export class DiscoveryCaller {
  readonly #connection: SupervisedConnection;
  readonly #source: ConnectionSource;

  constructor(connection: SupervisedConnection, source: ConnectionSource) {
    this.#connection = connection;
    this.#source = source;
  }

  async discover({ service, timeoutMs = usualTimeoutMs }: DiscoveryQuestion = {}): Promise<Discovery> {
    const connection = await this.#connection.openWithin(timeoutMs);
    if (!connection) throw notTold(`the broker is away, for ${timeoutMs} ms`);
    const asked = this.#ask(connection, service, timeoutMs);
    // A broker that blocks the connection meanwhile answers nothing more, not even that a channel is closed.
    if (await endsWithin(asked, timeoutMs + answerLimitMs)) return asked;
    if (connection.blocked !== undefined) throw notTakenBy(connection.blocked);
    throw notTold(`the broker did not answer within ${timeoutMs + answerLimitMs} ms`);
  }

  async #ask(connection: AmqpConnection, service: string | undefined, timeoutMs: number): Promise<Discovery> {
    try {
      // Each process that answers has a consumer on it; where none ever did there is no queue.
      const expected = (await countQueue(connection, presenceQueue.queue))?.consumerCount ?? 0;
      // To publish would block the connection for all that comes after.
      if (connection.blocked !== undefined) throw notTakenBy(connection.blocked);
      const { services, answered } = expected ? await ask(connection, { service, timeoutMs, expected }) : nobody;
      const found = new Set(services.map(nameIn));
      if (service !== undefined && found.has(service)) return { services, silent: 0, others: [] };
      const others = await silentServices(connection, this.#source, (name) => !found.has(name));
      const wanted = others.filter((name) => service === undefined || name === service);
      return { services, silent: Math.max(0, expected - answered), others: wanted };
    } catch (error) {
      throw failure(error);
    }
  }
}

interface Answers {
  readonly services: readonly unknown[];
  readonly answered: number;
}

const nobody: Answers = { services: [], answered: 0 };

/** Asks, and collects answers until all that are expected are there, or one that suffices, or the time is over. */
async function ask(
  connection: AmqpConnection,
  { service, timeoutMs, expected }: { service: string | undefined; timeoutMs: number; expected: number },
): Promise<Answers> {
  const channel = await connection.openChannel();
  const correlationId = randomUUID();
  const services: unknown[] = [];
  const done = deferred();
  let answered = 0;
  const take = ({ properties, body }: Delivery): void => {
    if (properties.correlationId !== correlationId) return;
    services.push(...readAnswer(body));
    answered += 1;
    if (answered === expected || (service !== undefined && services.length > 0)) done.resolve();
  };
  try {
    const { queue, options } = discoveryReplyQueue(randomUUID());
    await channel.declareQueue(queue, options);
    await channel.consume(queue, take, { noAck: true });
    channel.publish(discoveryExchange, '', writeQuestion(service), {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      deliveryMode: 1,
      correlationId,
      replyTo: queue,
      expiration: String(timeoutMs),
    });
    await endsWithin(Promise.race([done.promise, channel.closed]), timeoutMs);
    const { error } = channel.isOpen ? {} : await channel.closed;
    if (error) throw error;
    return { services, answered };
  } finally {
    await channel.close();
  }
}

function notTakenBy(blocked: string): DisconnectedError {
  return notTold(`the broker takes no messages (${blocked})`);
}

function notTold(why: string): DisconnectedError {
  return new DisconnectedError(`which services there are was not told: ${why}`);
}

function failure(error: unknown): unknown {
  const refusal = refusalIn(error);
  if (refusal) return topologyError('discovery', refusal);
  if (!isLoss(error)) return error;
  return new DisconnectedError(`the connection to the broker was lost while asking for services: ${messageOf(error)}`, {
    cause: error,
  });
}

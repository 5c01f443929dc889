import { backoffMs } from '../foundation/backoff.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { messageOf } from '../foundation/errors.ts';
import type { Logger } from '../foundation/logger.ts';
import { AmqpServerError, type AmqpChannel } from '../protocol/client/index.ts';
import { DisconnectedError, TopologyError, TransportClosedError } from '../transport/transport-errors.ts';
import { pause, type SupervisedConnection } from './supervised-connection.ts';

/** A channel that lived this long was no quick failure: the next one is opened without a wait. */
const stableMs = 1000;

/** What a {@link KeptChannel} is for. */
export interface ChannelPurpose {
  /** For people: `calls to math_service`. */
  readonly name: string;
  readonly logger: Logger;
  /** Declares and consumes on a fresh channel: at first, and again after every loss. */
  readonly prepare: (channel: AmqpChannel) => Promise<void>;
  /** The channel was lost; what hung on it will get no answer. A new one follows. */
  readonly onLost?: (error: DisconnectedError) => void;
}

/**
 * A channel that comes back by itself, with everything declared and consumed on it.
 *
 * States: *preparing* -> *ready* -> *lost* -> *preparing* ...; from any of them *closed*. If the broker refuses the first
 * preparation (an entity exists with other properties, no permission), it is *failed*: `ready()` rejects for good. Later
 * refusals are logged and tried again.
 */
export class KeptChannel {
  readonly #connection: SupervisedConnection;
  readonly #purpose: ChannelPurpose;
  readonly #abort = new AbortController();
  #channel: AmqpChannel | undefined;
  #ready: Deferred<AmqpChannel> = quietDeferred();
  #wasReady = false;

  constructor(connection: SupervisedConnection, purpose: ChannelPurpose) {
    this.#connection = connection;
    this.#purpose = purpose;
    void this.#keep();
  }

  /** The channel, if it is ready now. */
  get current(): AmqpChannel | undefined {
    return this.#channel;
  }

  /** Resolves with the channel, now or when it is back. Rejects if it failed or was closed. */
  ready(): Promise<AmqpChannel> {
    return this.#ready.promise;
  }

  /** Closes the channel for good; the broker takes back what was not acknowledged. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#end(new TransportClosedError(`${this.#purpose.name}: the channel was closed`));
    const channel = this.#channel;
    this.#channel = undefined;
    await channel?.close().catch((error: unknown) => {
      this.#purpose.logger.debug(
        { err: error },
        `${this.#purpose.name}: closing the channel failed: ${messageOf(error)}`,
      );
    });
  }

  #end(error: Error): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort(error);
    if (this.#channel) this.#ready = quietDeferred();
    this.#ready.reject(error);
  }

  async #keep(): Promise<void> {
    for (let attempt = 1; !this.#abort.signal.aborted; attempt++) {
      const since = performance.now();
      try {
        await this.#attach();
        if (performance.now() - since > stableMs) attempt = 0;
      } catch (error) {
        if (this.#connection.isClosed)
          return this.#end(
            new TransportClosedError(`${this.#purpose.name}: the transport was closed`, { cause: error }),
          );
        if (!this.#wasReady && error instanceof AmqpServerError && error.scope === 'channel')
          return this.#end(refusal(this.#purpose.name, error));
        if (!this.#abort.signal.aborted) {
          this.#purpose.logger.warn(
            { err: error, attempt },
            `${this.#purpose.name}: could not attach to the broker: ${messageOf(error)}; trying again`,
          );
        }
      }
      if (attempt > 0) await pause(backoffMs(attempt), this.#abort.signal);
    }
  }

  /** Opens and prepares a channel, and returns when it is lost. */
  async #attach(): Promise<void> {
    const connection = await this.#connection.whenOpen();
    const channel = await connection.openChannel();
    try {
      await this.#purpose.prepare(channel);
    } catch (error) {
      await channel.close().catch(() => {}); // the reason it failed is what counts
      throw error;
    }
    if (this.#abort.signal.aborted) return channel.close();
    this.#channel = channel;
    this.#wasReady = true;
    this.#ready.resolve(channel);
    const { error, reason } = await channel.closed;
    if (this.#abort.signal.aborted) return;
    this.#channel = undefined;
    this.#ready = quietDeferred();
    if (reason !== 'connection')
      this.#purpose.logger.warn(
        { err: error },
        `${this.#purpose.name}: lost its channel (${messageOf(error)}); attaching again`,
      );
    this.#purpose.onLost?.(
      new DisconnectedError(`${this.#purpose.name}: the connection to the broker was lost: ${messageOf(error)}`, {
        cause: error,
      }),
    );
  }
}

/** A deferred whose rejection raises no alarm when nobody waits for it. */
function quietDeferred(): Deferred<AmqpChannel> {
  const created = deferred<AmqpChannel>();
  created.promise.catch(() => {});
  return created;
}

/** What to do about the codes a broker refuses a declaration with. */
const remedies: Readonly<Record<number, string>> = {
  403: 'grant the user the rights to configure, write and read it (rabbitmqctl set_permissions)',
  404: 'something it needs does not exist',
  405: 'it belongs to another connection: does another instance use the same broadcast id?',
  406: "it exists with other properties: delete it once its messages are handled, or set amqp.topology to 'nameko' to share queues that Nameko declared",
};

function refusal(name: string, error: AmqpServerError): TopologyError {
  const remedy = remedies[error.replyCode] ?? "see the broker's log";
  return new TopologyError(
    `${name}: the broker refused ${error.method ?? 'it'}: ${error.replyText} (${error.replyCode}); ${remedy}`,
    { cause: error },
  );
}

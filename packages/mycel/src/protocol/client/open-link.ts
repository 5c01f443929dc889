import type { Socket } from 'node:net';
import { deferred } from '../../foundation/deferred.ts';
import type { AmqpError } from '../codec/amqp-error.ts';
import type { Method } from '../codec/methods/method.ts';
import type { ResolvedConnectOptions } from './connect-options.ts';
import { ConnectTimeoutError } from './errors.ts';
import { FrameLink } from './frame-link.ts';
import { type Agreement, Handshake } from './handshake.ts';
import type { Link, LinkOwner } from './link.ts';
import { openSocket } from './open-socket.ts';

/** Makes something of a link that is open. What comes right behind the last frame of the handshake is already its own. */
type Take<T> = (link: Link, agreement: Agreement) => T;

/**
 * Connects and agrees with a broker, and resolves with what `take` makes of that. Rejects as `AmqpConnection.connect`
 * does; then nothing is left open.
 */
export async function openLink<T>(options: ResolvedConnectOptions, take: Take<T>): Promise<T> {
  const { host, port, connectTimeoutMs, signal } = options;
  const attempt = new AbortController();
  const onAbort = () => attempt.abort(signal?.reason);
  const onTimeout = () =>
    attempt.abort(
      new ConnectTimeoutError(`The broker at ${host}:${port} did not open the connection in ${connectTimeoutMs} ms`),
    );
  const timer = setTimeout(onTimeout, connectTimeoutMs);
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  try {
    const socket = await openSocket(options, attempt.signal);
    return await new Opening(socket, options, take).run(attempt.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** A handshake under way: from the protocol's header until the broker says that it is open, or one side gives up. */
class Opening<T> {
  readonly #link: FrameLink;
  readonly #handshake: Handshake;
  readonly #take: Take<T>;
  readonly #outcome = deferred<T>();
  #isOver = false;

  constructor(socket: Socket, options: ResolvedConnectOptions, take: Take<T>) {
    const owner: LinkOwner = {
      hasChannel: () => false,
      onMethod: (_channel, method) => this.#receive(method),
      onContent: () => undefined,
      onBroken: (error) => this.#lost(error, () => this.#link.end()),
      onGone: (error) => this.#lost(error, () => this.#link.destroy()),
    };
    this.#link = new FrameLink(socket, options.frameMax, owner);
    this.#handshake = new Handshake(options, (method) => this.#link.send(0, method));
    this.#take = take;
  }

  /** Resolves with what was made of the open link. Rejects with what the broker refused, or the reason of `signal`. */
  async run(signal: AbortSignal): Promise<T> {
    const giveUp = () => {
      this.#fail(signal.reason);
      this.#link.destroy();
    };
    signal.addEventListener('abort', giveUp);
    try {
      // The attempt may have been given up between the opening of the socket and this line.
      if (signal.aborted) giveUp();
      else this.#link.sendProtocolHeader();
      return await this.#outcome.promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  #receive(method: Method): void {
    let agreement: Agreement | undefined;
    try {
      agreement = this.#handshake.receive(method);
    } catch (error) {
      if (method.name === 'connection.close') this.#link.send(0, { name: 'connection.close-ok' });
      this.#fail(error);
      this.#link.end();
      return;
    }
    if (!agreement) return;
    this.#isOver = true;
    this.#link.frameMax = agreement.frameMax;
    if (agreement.heartbeatSeconds > 0) this.#link.startHeartbeat(agreement.heartbeatSeconds);
    this.#outcome.resolve(this.#take(this.#link, agreement));
  }

  #lost(error: AmqpError, leave: () => void): void {
    this.#fail(this.#handshake.lost(error));
    leave();
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#outcome.reject(error);
  }
}

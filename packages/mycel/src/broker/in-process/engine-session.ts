import type { ContentMethod, Method } from '../../protocol/codec/index.ts';
import { AmqpFault } from '../engine/amqp-fault.ts';
import type { BrokerEngine } from '../engine/broker-engine.ts';
import { closeArguments } from '../engine/close-arguments.ts';
import type { EngineChannel } from '../engine/engine-channel.ts';
import type { EngineConnection, EngineConnectionOptions } from '../engine/engine-connection.ts';
import type { Parcel } from './parcel.ts';

/** Where a session's answers and messages go. Called while the engine works: it only keeps what it is given. */
export interface SessionPeer {
  take(parcel: Parcel): void;
  /** The engine takes messages again. */
  unblocked(): void;
}

/**
 * The broker's end of a connection in this process: what a client's methods mean for the engine, and what the client is
 * told of its faults.
 *
 * `open`; `closing`: `connection.close` was sent, everything but the client's answer is ignored; `ended`: by both sides, or
 * cut. A channel that a fault ended is ignored in the same way until the client has answered `channel.close`.
 */
export class EngineSession {
  readonly #engine: EngineConnection;
  readonly #peer: SessionPeer;
  /** By number; `'closing'` for one that awaits the client's `channel.close-ok`. */
  readonly #channels = new Map<number, EngineChannel | 'closing'>();
  #state: 'open' | 'closing' | 'ended' = 'open';
  #isBlocked = false;

  /** Throws an `AmqpFault` when the engine refuses the connection. */
  constructor(engine: BrokerEngine, options: Omit<EngineConnectionOptions, 'peer'>, peer: SessionPeer) {
    this.#peer = peer;
    this.#engine = engine.connect({
      ...options,
      peer: {
        blocked: (reason) => this.#setBlocked(reason),
        unblocked: () => this.#setBlocked(undefined),
        closed: (replyCode, replyText) => this.#leave(new AmqpFault(replyCode, replyText), undefined),
      },
    });
  }

  /** Whether messages of the client must wait, and everything behind them. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Acts on what the client sent. What it throws is a bug of the engine. */
  receive({ channel, method, content }: Parcel): void {
    if (this.#state !== 'open') return this.#receiveAnswer(method);
    try {
      if (channel === 0) this.#receiveOwn(method);
      else if (method.name !== 'basic.publish') this.#receiveMethod(channel, method);
      else if (content) this.#opened(channel)?.publish(method, content);
    } catch (error) {
      if (!(error instanceof AmqpFault)) throw error;
      if (error.scope === 'connection') this.#leave(error, method);
      else this.#closeChannel(channel, error, method);
    }
  }

  /** Lets deliveries wait in their queues, or come again. */
  pause(isPaused: boolean): void {
    if (this.#state !== 'open') return;
    if (isPaused) this.#engine.pauseDeliveries();
    else this.#engine.resumeDeliveries();
  }

  /** Ends without a word, as when a socket is lost. Idempotent. */
  cut(): void {
    this.#state = 'ended';
    this.#engine.close();
  }

  #receiveOwn(method: Method): void {
    if (method.name === 'connection.close') {
      this.#engine.close();
      this.#send(0, { name: 'connection.close-ok' });
      this.#state = 'ended';
    } else if (method.name === 'connection.update-secret') {
      // Nobody had to prove who he is.
      this.#send(0, { name: 'connection.update-secret-ok' });
    }
  }

  #receiveMethod(channel: number, method: Method): void {
    switch (method.name) {
      case 'channel.open':
        this.#open(channel);
        return;
      case 'channel.close':
        this.#opened(channel)?.close();
        // Both sides may have asked to close at once; the client's answer to ours then finds nothing, and is none the worse.
        this.#channels.delete(channel);
        this.#send(channel, { name: 'channel.close-ok' });
        return;
      case 'channel.close-ok':
        this.#channels.delete(channel);
        return;
      default:
        this.#opened(channel)?.handle(method);
    }
  }

  #open(channel: number): void {
    const engineChannel = this.#engine.openChannel(channel, {
      send: (method) => this.#send(channel, method),
      sendMessage: (method: ContentMethod, content) => this.#peer.take({ channel, method, content }),
    });
    this.#channels.set(channel, engineChannel);
    this.#send(channel, { name: 'channel.open-ok' });
  }

  /** The channel, unless what comes for it is to be ignored. */
  #opened(channel: number): EngineChannel | undefined {
    const found = this.#channels.get(channel);
    return found === 'closing' ? undefined : found;
  }

  #closeChannel(channel: number, fault: AmqpFault, method: Method): void {
    this.#opened(channel)?.close();
    this.#channels.set(channel, 'closing');
    this.#send(channel, { name: 'channel.close', ...closeArguments(fault, method.name) });
  }

  #leave(fault: AmqpFault, method: Method | undefined): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#engine.close();
    this.#channels.clear();
    this.#send(0, { name: 'connection.close', ...closeArguments(fault, method?.name) });
  }

  #receiveAnswer({ name }: Method): void {
    if (this.#state === 'ended') return;
    if (name === 'connection.close') this.#send(0, { name: 'connection.close-ok' });
    if (name === 'connection.close' || name === 'connection.close-ok') this.#state = 'ended';
  }

  #setBlocked(reason: string | undefined): void {
    this.#isBlocked = reason !== undefined;
    if (reason !== undefined) return this.#send(0, { name: 'connection.blocked', reason });
    this.#send(0, { name: 'connection.unblocked' });
    this.#peer.unblocked();
  }

  #send(channel: number, method: Method): void {
    this.#peer.take({ channel, method });
  }
}

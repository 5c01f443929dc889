import { setImmediate } from 'node:timers';
import { messageOf } from '../../foundation/errors.ts';
import { ConnectionLostError, type Link, type LinkOwner, type MessageProperties } from '../../protocol/client/index.ts';
import { AmqpError, type ContentMethod, type Method } from '../../protocol/codec/index.ts';
import type { BasicPublish } from '../../protocol/codec/methods/basic.ts';
import type { BrokerEngine } from '../engine/broker-engine.ts';
import type { EngineConnectionOptions } from '../engine/engine-connection.ts';
import { EngineSession } from './engine-session.ts';
import { packMessage, packMethod, type Parcel } from './parcel.ts';
import type { Tap } from './tap.ts';

/** Deliveries beyond this many wait with the engine until those before were handled. */
const mostUnderWay = 256;

/** How a link is. */
export interface LinkOptions {
  /** Bytes of the largest frame, if there were frames: what cannot be sent over a socket cannot be sent here. */
  readonly frameMax: number;
  readonly tap: Tap;
}

/**
 * A link to an engine in this process. What the client sends reaches the engine in a microtask, so with all that the
 * program sends in one go; what the engine sends reaches the client in the next turn of the event loop. So a message
 * that comes back at once leaves the rest of the program its turn, however often it does. Time plays no part in it.
 */
export class InProcessLink implements Link {
  readonly #session: EngineSession;
  readonly #frameMax: number;
  readonly #tap: Tap;
  #owner: LinkOwner | undefined;
  #toBroker: Parcel[] = [];
  #toClient: Parcel[] = [];
  #waitingBytes = 0;
  #whenDrained: (() => void)[] = [];
  #isSending = false;
  #isReceiving = false;
  #isPaused = false;
  /** `ending`: what was sent still arrives, nothing comes back. */
  #state: 'open' | 'ending' | 'ended' = 'open';

  /** Throws an `AmqpFault` when the engine refuses the connection. */
  constructor(engine: BrokerEngine, who: Omit<EngineConnectionOptions, 'peer'>, { frameMax, tap }: LinkOptions) {
    this.#frameMax = frameMax;
    this.#tap = tap;
    this.#session = new EngineSession(engine, who, {
      take: (parcel) => this.#take(parcel),
      unblocked: () => this.#scheduleSending(),
    });
  }

  get writableLength(): number {
    return this.#waitingBytes;
  }

  attach(owner: LinkOwner): void {
    this.#owner = owner;
  }

  send(channel: number, method: Method): void {
    this.#post(packMethod(channel, method, this.#frameMax));
  }

  publish(channel: number, method: BasicPublish, properties: MessageProperties, body: Uint8Array): void {
    this.#post(packMessage(channel, method, properties, body, this.#frameMax));
  }

  drained(): Promise<void> {
    if (this.#waitingBytes === 0 || this.#state === 'ended') return Promise.resolve();
    return new Promise((resolve) => this.#whenDrained.push(resolve));
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#scheduleSending();
  }

  destroy(): void {
    if (this.#state === 'open') this.#leave();
  }

  #post(parcel: Parcel): void {
    if (this.#state !== 'open') return;
    this.#toBroker.push(parcel);
    this.#waitingBytes += parcel.content?.body.length ?? 0;
    this.#scheduleSending();
  }

  #scheduleSending(): void {
    if (this.#isSending) return;
    this.#isSending = true;
    queueMicrotask(() => this.#deliverToBroker());
  }

  #deliverToBroker(): void {
    this.#isSending = false;
    const parcels = this.#toBroker;
    this.#toBroker = [];
    try {
      for (const [index, parcel] of parcels.entries()) {
        // A broker that lacks memory stops reading where the next message stands.
        if (this.#session.isBlocked && parcel.content) {
          this.#toBroker = index === 0 ? parcels : parcels.slice(index);
          break;
        }
        this.#waitingBytes -= parcel.content?.body.length ?? 0;
        const arriving = this.#tap.toBroker ? this.#tap.toBroker(parcel) : parcel;
        if (arriving) this.#session.receive(arriving);
      }
    } catch (error) {
      return this.#fail(error);
    }
    if (this.#waitingBytes === 0) this.#tellDrained();
    if (this.#state === 'ending') this.#leave();
  }

  #take(parcel: Parcel): void {
    if (this.#state !== 'open') return;
    this.#toClient.push(parcel);
    if (!this.#isPaused && this.#toClient.length >= mostUnderWay) {
      this.#isPaused = true;
      this.#session.pause(true);
    }
    if (this.#isReceiving) return;
    this.#isReceiving = true;
    setImmediate(() => this.#deliverToClient());
  }

  #deliverToClient(): void {
    this.#isReceiving = false;
    const parcels = this.#toClient;
    this.#toClient = [];
    for (const parcel of parcels) {
      if (this.#state !== 'open') return;
      this.#hand(parcel);
    }
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#session.pause(false);
  }

  #hand(parcel: Parcel): void {
    const owner = this.#owner;
    if (!owner) return;
    try {
      const arriving = this.#tap.toClient ? this.#tap.toClient(parcel) : parcel;
      if (!arriving) return;
      const { channel, method, content } = arriving;
      if (!content) return owner.onMethod(channel, method);
      // The message may be in other queues too: its body is copied.
      const body = Buffer.from(content.body);
      // With content the method is one that carries content.
      owner.onContent(channel, { method: method as ContentMethod, rawProperties: content.rawProperties, body });
    } catch (error) {
      owner.onBroken(asAmqpError(error));
    }
  }

  /** A bug of the broker: over a socket the client would see the connection go. */
  #fail(error: unknown): void {
    this.#leave();
    const message = `The broker in this process failed: ${messageOf(error)}`;
    this.#owner?.onGone(new ConnectionLostError(message, { cause: error }));
  }

  #leave(): void {
    this.#state = 'ended';
    this.#toBroker = [];
    this.#toClient = [];
    this.#waitingBytes = 0;
    this.#session.cut();
    this.#tellDrained();
  }

  #tellDrained(): void {
    for (const resolve of this.#whenDrained.splice(0)) resolve();
  }
}

function asAmqpError(error: unknown): AmqpError {
  if (error instanceof AmqpError) return error;
  return new ConnectionLostError(`Reading from the broker failed: ${messageOf(error)}`, { cause: error });
}

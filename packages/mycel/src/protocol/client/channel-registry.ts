import type { Content } from '../codec/content-assembler.ts';
import type { Method } from '../codec/methods/method.ts';
import { ChannelSession } from './channel-session.ts';
import { ChannelsExhaustedError, type ConnectionClosedError, UnexpectedFrameError } from './errors.ts';
import type { Link } from './link.ts';

/** The channels of one connection, by number. A number is free again once its channel is closed on both sides. */
export class ChannelRegistry {
  readonly #link: Link;
  readonly #reportError: (error: unknown) => void;
  readonly #sessions: (ChannelSession | undefined)[] = [];
  /** No free number is below this one. */
  #lowestFree = 1;

  constructor(link: Link, reportError: (error: unknown) => void) {
    this.#link = link;
    this.#reportError = reportError;
  }

  /** Makes a channel with the lowest free number. */
  create(channelMax: number): ChannelSession {
    let id = this.#lowestFree;
    while (this.#sessions[id]) id += 1;
    if (id > channelMax) {
      const advice = 'Close channels that are not used, or share them';
      throw new ChannelsExhaustedError(`All ${channelMax} channels of the connection are open. ${advice}`);
    }
    const release = () => this.#release(id);
    const session = new ChannelSession(id, this.#link, { reportError: this.#reportError, release });
    this.#sessions[id] = session;
    this.#lowestFree = id + 1;
    return session;
  }

  has(channel: number): boolean {
    return this.#sessions[channel] !== undefined;
  }

  /** Hands a method to its channel. */
  receiveMethod(channel: number, method: Method): void {
    this.#expect(channel).receiveMethod(method);
  }

  /** Hands a message to its channel. */
  receiveContent(channel: number, content: Content): void {
    this.#expect(channel).receiveContent(content);
  }

  /** Ends all channels. */
  connectionClosed(error: ConnectionClosedError): void {
    for (const session of this.#sessions) session?.connectionClosed(error);
    this.#sessions.length = 0;
  }

  #expect(channel: number): ChannelSession {
    const session = this.#sessions[channel];
    if (session) return session;
    throw new UnexpectedFrameError(`Something came for channel ${channel}, which is not open`);
  }

  #release(id: number): void {
    this.#sessions[id] = undefined;
    this.#lowestFree = Math.min(this.#lowestFree, id);
  }
}

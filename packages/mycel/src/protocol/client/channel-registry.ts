import { MalformedFrameError } from '../codec/amqp-error.ts';
import { REPLY_CODE } from '../codec/protocol.ts';
import { ChannelSession } from './channel-session.ts';
import { ChannelsExhaustedError, type ConnectionClosedError } from './errors.ts';
import type { FrameLink } from './frame-link.ts';

/** The channels of one connection, by number. A number is free again once its channel is closed on both sides. */
export class ChannelRegistry {
  readonly #link: FrameLink;
  readonly #reportError: (error: unknown) => void;
  readonly #sessions: (ChannelSession | undefined)[] = [];
  /** No free number is below this one. */
  #lowestFree = 1;

  constructor(link: FrameLink, reportError: (error: unknown) => void) {
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
    const { outbox, frameMax } = this.#link;
    const release = () => this.#release(id);
    const session = new ChannelSession(id, { outbox, frameMax, reportError: this.#reportError, release });
    this.#sessions[id] = session;
    this.#lowestFree = id + 1;
    return session;
  }

  /** Hands a frame to its channel. */
  receive(type: number, channel: number, buffer: Buffer, start: number, end: number): void {
    const session = this.#sessions[channel];
    if (!session)
      throw new MalformedFrameError(REPLY_CODE.channelError, `a frame on channel ${channel}, which is not open`);
    session.receive(type, buffer, start, end);
  }

  /** Ends all channels. */
  connectionClosed(error: ConnectionClosedError): void {
    for (const session of this.#sessions) session?.connectionClosed(error);
    this.#sessions.length = 0;
  }

  #release(id: number): void {
    this.#sessions[id] = undefined;
    this.#lowestFree = Math.min(this.#lowestFree, id);
  }
}

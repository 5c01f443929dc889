import { decodeMethod, protocol } from '../../protocol/codec/index.ts';
import { AmqpFault } from '../engine/amqp-fault.ts';
import { type ChannelHost, ServerChannel } from './server-channel.ts';

const { FRAME_METHOD, REPLY_CODE } = protocol;

/** The open channels of a connection, by number. */
export class ServerChannels {
  readonly #host: Omit<ChannelHost, 'release' | 'gathered'>;
  readonly #channelMax: number;
  readonly #channels = new Map<number, ServerChannel>();
  readonly #gathered = new Set<ServerChannel>();

  constructor(channelMax: number, host: Omit<ChannelHost, 'release' | 'gathered'>) {
    this.#host = host;
    this.#channelMax = channelMax;
  }

  /** Takes a frame of any channel. Throws what ends the connection. */
  receive(type: number, id: number, buffer: Buffer, start: number, end: number): void {
    const channel = this.#channels.get(id);
    if (channel) channel.receive(type, buffer, start, end);
    else this.#open(type, id, buffer, start, end);
  }

  /** Writes the confirms that were gathered in this turn. */
  flushConfirms(): void {
    if (this.#gathered.size === 0) return;
    for (const channel of this.#gathered) channel.flushConfirms();
    this.#gathered.clear();
  }

  /** The connection has ended, and the engine knows. */
  connectionClosed(): void {
    for (const channel of this.#channels.values()) channel.connectionClosed();
    this.#channels.clear();
    this.#gathered.clear();
  }

  #open(type: number, id: number, buffer: Buffer, start: number, end: number): void {
    if (type !== FRAME_METHOD) {
      const text = 'UNEXPECTED_FRAME - expected method frame, got non method frame instead';
      throw new AmqpFault(REPLY_CODE.unexpectedFrame, text);
    }
    const method = decodeMethod(buffer, start, end);
    if (method.name !== 'channel.open') {
      throw new AmqpFault(REPLY_CODE.channelError, "CHANNEL_ERROR - expected 'channel.open'", method.name);
    }
    const most = this.#channelMax;
    if (this.#channels.size >= most) {
      const text = `number of channels opened (${this.#channels.size}) has reached the negotiated channel_max (${most})`;
      throw new AmqpFault(REPLY_CODE.notAllowed, `NOT_ALLOWED - ${text}`);
    }
    const host: ChannelHost = {
      ...this.#host,
      release: (released) => this.#channels.delete(released),
      gathered: (channel) => {
        this.#gathered.add(channel);
        this.#host.socket.schedule();
      },
    };
    this.#channels.set(id, new ServerChannel(id, host));
    this.#host.socket.send(id, { name: 'channel.open-ok' });
  }
}

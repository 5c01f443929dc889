import type { Socket } from 'node:net';
import { decodeMethod, type Method, protocol } from '../../protocol/codec/index.ts';
import { AmqpFault } from '../engine/amqp-fault.ts';
import type { ConnectionPeer } from '../engine/channel-peer.ts';
import { closeArguments } from '../engine/close-arguments.ts';
import type { EngineConnection } from '../engine/engine-connection.ts';
import { ClientLog } from './client-log.ts';
import type { ConnectionHost } from './connection-host.ts';
import { FrameSocket, type FrameSocketOwner } from './frame-socket.ts';
import { authority, isLoopbackAddress } from './loopback.ts';
import type { PartialHolder } from './partial-budget.ts';
import { payloadSnippet } from './payload-snippet.ts';
import { PublisherGate } from './publisher-gate.ts';
import { asFault } from './as-fault.ts';
import { ServerChannels } from './server-channels.ts';
import { hasCapability, type ServerAgreement, ServerHandshake } from './server-handshake.ts';

const { FRAME_HEARTBEAT, FRAME_METHOD, REPLY_CODE } = protocol;

/** Why no messages are taken while too much waits to be sent: they would come back, or wait for others too. */
const lowOnMemory = 'low on memory';

/** The largest frame before limits are agreed: what RabbitMQ takes since 4.1, as some clients say much of themselves. */
const handshakeFrameBytes = 8192;

/**
 * The server's end of one connection.
 *
 * `handshaking`; `open`: the engine knows it; `closing`: one side said `connection.close`, or the socket is to end, and the
 * engine knows it no more; `closed`: the socket is gone. What a client does wrong ends its channel or its connection; so does an
 * error of the engine (541), which is logged. None of it reaches another connection.
 */
export class ServerConnection implements FrameSocketOwner, ConnectionPeer, PartialHolder {
  readonly #host: ConnectionHost;
  readonly #rawSocket: Socket;
  readonly #socket: FrameSocket;
  readonly #peerAddress: string;
  readonly #handshake: ServerHandshake;
  readonly #log: ClientLog;
  #state: 'handshaking' | 'open' | 'closing' | 'closed' = 'handshaking';
  #engine: EngineConnection | undefined;
  #channels: ServerChannels | undefined;
  #gate: PublisherGate | undefined;

  /** Takes a socket whose client has greeted. */
  constructor(socket: Socket, host: ConnectionHost) {
    const { remoteAddress, remotePort } = socket;
    this.#host = host;
    this.#rawSocket = socket;
    this.#peerAddress = authority(remoteAddress ?? 'gone', remotePort ?? 0);
    this.#log = new ClientLog(this.#peerAddress, host.logger, host.warnings);
    this.#socket = new FrameSocket(socket, handshakeFrameBytes, host.limits, host.unsent, this);
    this.#handshake = new ServerHandshake({
      users: host.users,
      limits: host.limits,
      instance: host.instance,
      isLoopback: isLoopbackAddress(remoteAddress),
      send: (method) => this.#socket.send(0, method),
      refused: (problem) => this.#log.warn(`could not log in: ${problem}`),
    });
  }

  /** Says goodbye to the client, and drops it if it does not answer soon. Idempotent. */
  close(replyCode: number, replyText: string): void {
    this.#close(new AmqpFault(replyCode, replyText));
  }

  frame(type: number, channel: number, buffer: Buffer, start: number, end: number): void {
    let method: Method | undefined;
    try {
      if (channel !== 0 && this.#state === 'open' && type !== FRAME_HEARTBEAT) {
        // Open connections have channels.
        this.#channels?.receive(type, channel, buffer, start, end);
      } else if (this.#state === 'closing') {
        if (channel === 0 && type === FRAME_METHOD) this.#receiveGoodbye(decodeMethod(buffer, start, end));
      } else if (channel === 0 && type === FRAME_METHOD) {
        method = decodeMethod(buffer, start, end);
        this.#receive(method);
      } else if (channel !== 0 || type !== FRAME_HEARTBEAT) {
        const text = `UNEXPECTED_FRAME - type ${type}, ${payloadSnippet(buffer.subarray(start, end))}`;
        throw new AmqpFault(REPLY_CODE.unexpectedFrame, text);
      }
    } catch (error) {
      // RabbitMQ blames nothing for a refused login.
      this.#fail(error, method?.name === 'connection.start-ok' ? undefined : method?.name);
    }
  }

  endOfTurn(): void {
    this.#channels?.flushConfirms();
  }

  broken(error: unknown): void {
    this.#fail(error);
    this.#socket.end();
  }

  unsendable(error: unknown): void {
    this.#fail(error);
  }

  congested(): void {
    this.#engine?.pauseDeliveries();
    if (this.#socket.isHeldBack) this.#gate?.blocked(lowOnMemory);
  }

  relieved(): void {
    if (this.#state !== 'open') return;
    try {
      this.#engine?.resumeDeliveries();
      this.#openGate();
    } catch (error) {
      this.#fail(error);
    }
  }

  gone(error: Error | undefined): void {
    if (this.#state === 'handshaking') this.#log.debug('left before its connection was open', error);
    else if (this.#state === 'open') this.#log.warn('left without closing its connection', error);
    this.#leave('closed');
  }

  blocked(reason: string): void {
    this.#gate?.blocked(reason);
  }

  unblocked(): void {
    this.#openGate();
  }

  closed(replyCode: number, replyText: string): void {
    // The engine has closed it, and is in the middle of its work.
    this.#engine = undefined;
    this.close(replyCode, replyText);
  }

  evicted(fault: AmqpFault): void {
    this.#fail(fault, fault.method);
  }

  /** Two reasons may keep it shut: what is kept, and what waits to be sent. */
  #openGate(): void {
    if (!this.#socket.isHeldBack && this.#host.engine.blockedReason === undefined) this.#gate?.unblocked();
  }

  #receive(method: Method): void {
    if (this.#state === 'handshaking') {
      const agreement = this.#handshake.receive(method);
      if (agreement) this.#open(agreement);
      return;
    }
    switch (method.name) {
      case 'connection.close':
        this.#leave('closing');
        this.#socket.send(0, { name: 'connection.close-ok' });
        this.#socket.end();
        return;
      case 'connection.update-secret':
        this.#socket.send(0, { name: 'connection.update-secret-ok' });
        return;
      default:
        throw new AmqpFault(
          REPLY_CODE.channelError,
          'CHANNEL_ERROR - unexpected method in connection state running',
          method.name,
        );
    }
  }

  #open({ user, vhost, clientProperties, frameMax, channelMax, heartbeatSeconds }: ServerAgreement): void {
    const { connection_name: name } = clientProperties;
    const gate = new PublisherGate(this.#socket, hasCapability(clientProperties, 'connection.blocked'));
    this.#gate = gate;
    const engine = this.#host.engine.connect({
      vhost,
      user,
      ...(typeof name === 'string' ? { name } : {}),
      peerAddress: this.#peerAddress,
      clientProperties,
      peer: this,
    });
    this.#engine = engine;
    this.#log.clientName = engine.name;
    if (this.#socket.isHeldBack) this.congested();
    const { limits, partials } = this.#host;
    this.#channels = new ServerChannels(channelMax, {
      socket: this.#socket,
      engine,
      messageBytes: limits.messageBytes,
      partials: partials.shareOf(this),
      publishing: () => gate.publishing(),
    });
    this.#socket.frameMax = frameMax;
    this.#state = 'open';
    this.#socket.send(0, { name: 'connection.open-ok' });
    if (heartbeatSeconds > 0) this.#socket.startHeartbeat(heartbeatSeconds);
    this.#host.opened(this.#rawSocket);
    this.#log.debug(`opened a connection as ${user} to vhost ${vhost}`);
  }

  #receiveGoodbye({ name }: Method): void {
    if (name === 'connection.close') this.#socket.send(0, { name: 'connection.close-ok' });
    if (name === 'connection.close-ok') this.#socket.end();
  }

  #fail(error: unknown, current?: Method['name']): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    const fault = asFault(error);
    if (!fault) {
      this.#log.failed(error);
      this.#close(new AmqpFault(REPLY_CODE.internalError, 'INTERNAL_ERROR'));
      return;
    }
    this.#log.warn(`was disconnected: ${fault.message}`);
    if (this.#state === 'handshaking' && !this.#handshake.mayTellWhy) {
      this.#leave('closing');
      this.#socket.end();
    } else this.#close(fault, current);
  }

  #close(fault: AmqpFault, handled?: Method['name']): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    const isGreeted = this.#state === 'open' || this.#handshake.mayTellWhy;
    this.#leave('closing');
    if (!isGreeted) {
      this.#socket.end();
      return;
    }
    this.#socket.send(0, { name: 'connection.close', ...closeArguments(fault, handled) });
    setTimeout(() => this.#socket.end(), this.#host.limits.goodbyeTimeoutMs).unref();
    // What still waits may hold the client's answer.
    setImmediate(() => this.#socket.resumeAll());
  }

  /** The one place where a connection stops being one to the engine. */
  #leave(state: 'closing' | 'closed'): void {
    if (this.#state === 'closed') return;
    this.#channels?.flushConfirms();
    this.#state = state;
    this.#socket.stopHeartbeat();
    try {
      this.#engine?.close();
    } catch (error) {
      this.#log.failed(error);
    }
    this.#channels?.connectionClosed();
  }
}

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  type Content,
  ContentAssembler,
  carriesContent,
  decodeContentHeader,
  decodeMethod,
  encodeMethod,
  FrameParser,
  type Method,
  protocol,
  WireWriter,
} from '../../../protocol/codec/index.ts';
import { deferred } from '../../../foundation/deferred.ts';
import { type BrokerBehaviour, needing } from './broker-behaviour.ts';
import type { BrokerWorld } from './broker-world.ts';

type NamedMethod<N extends Method['name']> = Extract<Method, { name: N }>;

/** The largest frame that a peer agrees on: RabbitMQ takes no smaller limit from 4.1 on. */
export const WIRE_FRAME_MAX = 8192;

/** A client that sends what it is told, frame by frame, and keeps what it gets. */
export class WirePeer implements AsyncDisposable {
  /** Resolves when the broker has closed the socket. */
  readonly ended: Promise<unknown>;
  readonly #socket: Socket;
  readonly #received: (Method | Content)[] = [];
  readonly #assembler = new ContentAssembler(1_000_000);
  #arrived = deferred();

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.ended = new Promise((resolve) => socket.once('close', resolve));
    const parser = new FrameParser(131_072, (type, _channel, buffer, start, end) => {
      if (type === protocol.FRAME_METHOD) this.#receiveMethod(decodeMethod(buffer, start, end));
      else if (type === protocol.FRAME_HEADER)
        this.#receive(this.#assembler.header(decodeContentHeader(buffer, start, end)));
      else if (type === protocol.FRAME_BODY) this.#receive(this.#assembler.body(buffer.subarray(start, end)));
    });
    socket.on('data', (chunk: Buffer) => parser.push(chunk));
    socket.on('error', () => undefined);
    void this.ended.then(() => this.#arrived.reject(new Error('The broker closed the socket')));
    this.#arrived.promise.catch(() => undefined);
  }

  /** Opens a socket and sends the protocol header. */
  static async greet({ entrance: { host, port } }: BrokerWorld): Promise<WirePeer> {
    const socket = connect({ host, port, noDelay: true });
    await once(socket, 'connect');
    const peer = new WirePeer(socket);
    peer.sendBytes(protocol.PROTOCOL_HEADER);
    return peer;
  }

  /** Opens a connection, with heartbeats off, and channel 1. */
  static async open(world: BrokerWorld): Promise<WirePeer> {
    const peer = await WirePeer.greet(world);
    await peer.expect('connection.start');
    peer.send(0, startOkOf(world));
    const { channelMax } = await peer.expect('connection.tune');
    peer.send(0, { name: 'connection.tune-ok', channelMax, frameMax: WIRE_FRAME_MAX, heartbeat: 0 });
    peer.send(0, { name: 'connection.open', virtualHost: world.vhost });
    await peer.expect('connection.open-ok');
    peer.send(1, { name: 'channel.open' });
    await peer.expect('channel.open-ok');
    return peer;
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends methods in one piece. */
  send(channel: number, ...methods: Method[]): void {
    const writer = new WireWriter();
    for (const method of methods) encodeMethod(writer, channel, 131_072, method);
    this.sendBytes(writer.take());
  }

  /** Sends a frame of any type and payload. */
  sendFrame(type: number, channel: number, payload: Uint8Array, end = protocol.FRAME_END): void {
    const head = Buffer.alloc(protocol.FRAME_HEAD_BYTES);
    head.writeUInt8(type, 0);
    head.writeUInt16BE(channel, 1);
    head.writeUInt32BE(payload.length, 3);
    this.sendBytes(Buffer.concat([head, payload, Buffer.from([end])]));
  }

  /** Sends the header of a message's content. */
  sendHeader(channel: number, bodySize: number, rawProperties: Uint8Array = Buffer.alloc(2), classId = 60): void {
    const head = Buffer.alloc(12);
    head.writeUInt16BE(classId, 0);
    head.writeBigUInt64BE(BigInt(bodySize), 4);
    this.sendFrame(protocol.FRAME_HEADER, channel, Buffer.concat([head, rawProperties]));
  }

  /** Waits for the next method or message. */
  async next(): Promise<Method | Content> {
    for (;;) {
      const received = this.#received.shift();
      if (received) return received;
      await this.#arrived.promise;
    }
  }

  /** Waits for the next method, which must be the one named. */
  async expect<N extends Method['name']>(name: N): Promise<NamedMethod<N>> {
    const received = await this.next();
    const got = 'method' in received ? received.method : received;
    assert.equal(got.name, name, JSON.stringify(got));
    // The name was compared.
    return got as NamedMethod<N>;
  }

  /** Waits for the next message. */
  async expectContent(): Promise<Content> {
    const received = await this.next();
    assert.ok('rawProperties' in received, JSON.stringify(received));
    return received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.ended;
  }

  #receiveMethod(method: Method): void {
    if (carriesContent(method)) this.#assembler.begin(method);
    else this.#receive(method);
  }

  #receive(received: Method | Content | undefined): void {
    if (!received) return;
    this.#received.push(received);
    const arrived = this.#arrived;
    this.#arrived = deferred();
    this.#arrived.promise.catch(() => undefined);
    arrived.resolve();
  }
}

/** What a peer says of itself. */
export function startOkOf({ entrance }: BrokerWorld): NamedMethod<'connection.start-ok'> {
  const response = Buffer.from(`\0${entrance.username}\0${entrance.password}`);
  const capabilities = { authentication_failure_close: true, consumer_cancel_notify: false };
  return {
    name: 'connection.start-ok',
    clientProperties: { capabilities },
    mechanism: 'PLAIN',
    response,
    locale: 'en_US',
  };
}

/** A behaviour of a peer that has opened a connection and channel 1. */
export function onWire(run: (peer: WirePeer, world: BrokerWorld) => Promise<void>): Omit<BrokerBehaviour, 'name'> {
  return needing(['tcp'], async (world) => {
    const peer = await WirePeer.open(world);
    try {
      await run(peer, world);
    } finally {
      await peer[Symbol.asyncDispose]();
    }
  });
}

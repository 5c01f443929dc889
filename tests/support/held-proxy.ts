import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { deferred } from '../../packages/mycel/src/foundation/deferred.ts';

/** Methods of AMQP by the numbers of their class and themselves. */
const methods = { 'basic.publish': 0x003c_0028, 'basic.ack': 0x003c_0050 } as const;

const preamble = 8;
const frameHeader = 7;
const methodFrame = 1;

/**
 * A TCP proxy before a broker that lets clients come up to a point of the protocol and no further: the first method of a name that
 * a client sends is held back, with all that any client sends after it. What the broker sends goes through.
 */
export class HeldProxy implements AsyncDisposable {
  /** The URI of the broker, by way of the proxy. */
  readonly uri: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #held = deferred();
  #isHolding = false;

  private constructor(server: Server, broker: URL, method: keyof typeof methods) {
    this.#server = server;
    const uri = new URL(broker);
    // A server that listens on TCP has such an address.
    uri.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.uri = uri.href;
    server.on('connection', (client: Socket) => this.#join(client, broker, methods[method]));
  }

  static async start(brokerUri: string, method: keyof typeof methods): Promise<HeldProxy> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new HeldProxy(server, new URL(brokerUri), method);
  }

  /** Resolves once the method was held back. */
  get held(): Promise<void> {
    return this.#held.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket, { hostname, port }: URL, method: number): void {
    const broker = connect({ host: hostname, port: Number(port || 5672), noDelay: true });
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    broker.pipe(client);
    let pending = Buffer.alloc(0);
    let isGreeted = false;
    client.on('data', (bytes) => {
      pending = Buffer.concat([pending, bytes]);
      for (;;) {
        const size = isGreeted ? frameSize(pending) : preamble;
        if (this.#isHolding || pending.length < size) return;
        if (isGreeted && methodOf(pending) === method) return this.#hold();
        broker.write(pending.subarray(0, size));
        pending = pending.subarray(size);
        isGreeted = true;
      }
    });
  }

  #hold(): void {
    this.#isHolding = true;
    this.#held.resolve();
  }
}

/** The size of the frame that begins here, as far as it has come; 8 bytes are enough to know. */
function frameSize(bytes: Buffer): number {
  return bytes.length < frameHeader ? Infinity : frameHeader + bytes.readUInt32BE(3) + 1;
}

function methodOf(frame: Buffer): number | undefined {
  return frame[0] === methodFrame ? frame.readUInt32BE(frameHeader) : undefined;
}

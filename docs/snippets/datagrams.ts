// #region entrypoint
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { declareEntrypoint, Entrypoint, type EntrypointDecorator, type WorkerHandle } from 'mycel';

/** Fires a method with the text of every datagram that arrives at a UDP port. */
class DatagramEntrypoint extends Entrypoint {
  override readonly kind = 'datagram';
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(port: number) {
    super();
    this.#port = port;
  }

  override async setup(): Promise<void> {
    this.#socket = createSocket('udp4').bind(this.#port, '127.0.0.1');
    await once(this.#socket, 'listening'); // rejects if the port is taken: the start fails with that error
  }

  override start(): void {
    this.#socket?.on('message', (message) => this.fire(message.toString()));
  }

  fire(text: string): WorkerHandle {
    return this.host.spawnWorker({ entrypoint: this, args: [text] });
  }

  override stop(): void {
    this.#socket?.close(); // no more firings; the workers that run go on
    this.#socket = undefined;
  }

  override kill(): void {
    this.stop();
  }

  override describe(): Record<string, unknown> {
    return { port: this.#port }; // for the manifest
  }
}

/** `@datagram(8125)`: the type says which methods the decorator may stand on. */
export function datagram(port: number): EntrypointDecorator<(text: string) => unknown> {
  return declareEntrypoint('datagram', () => new DatagramEntrypoint(port));
}
// #endregion entrypoint

import type { Socket } from 'node:net';

/** A socket whose connection is not open yet. */
interface Newcomer {
  readonly address: string;
  readonly timer: NodeJS.Timeout;
}

/**
 * The sockets whose connections are not open yet. Each has so much time; and of one address there may be so many: for one more the
 * oldest is dropped, so that sockets that are held open for nothing do not keep others out.
 */
export class Newcomers {
  readonly #timeoutMs: number;
  readonly #mostPerAddress: number;
  /** In the order in which they came. */
  readonly #waiting = new Map<Socket, Newcomer>();
  readonly #counts = new Map<string, number>();

  constructor(timeoutMs: number, mostPerAddress: number) {
    this.#timeoutMs = timeoutMs;
    this.#mostPerAddress = mostPerAddress;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const count = this.#counts.get(address) ?? 0;
    this.#counts.set(address, count + 1);
    this.#waiting.set(socket, { address, timer: setTimeout(() => this.#drop(socket), this.#timeoutMs) });
    if (count >= this.#mostPerAddress) this.#dropOldestOf(address);
  }

  /** The socket's connection is open, or gone. Idempotent. */
  remove(socket: Socket): void {
    const newcomer = this.#waiting.get(socket);
    if (!newcomer) return;
    clearTimeout(newcomer.timer);
    this.#waiting.delete(socket);
    const left = (this.#counts.get(newcomer.address) ?? 1) - 1;
    if (left > 0) this.#counts.set(newcomer.address, left);
    else this.#counts.delete(newcomer.address);
  }

  #dropOldestOf(address: string): void {
    for (const [socket, newcomer] of this.#waiting) {
      if (newcomer.address === address) return this.#drop(socket);
    }
  }

  #drop(socket: Socket): void {
    this.remove(socket);
    socket.destroy();
  }
}

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The open connections of a server and the responses each still owes. Node can close idle connections too, but takes
 * one on which nothing was sent yet for a busy one.
 */
export class ConnectionSet {
  readonly #connections = new Map<Socket, Set<ServerResponse>>();
  #isClosing = false;
  #onEmpty: (() => void) | undefined;

  /** Takes a connection in, until it closes. */
  add(socket: Socket): void {
    this.#connections.set(socket, new Set());
    socket.once('close', () => {
      this.#connections.delete(socket);
      if (!this.#connections.size) this.#onEmpty?.();
    });
  }

  /** Notes that the connection owes `response`, until that closes. */
  begin(socket: Socket, response: ServerResponse): void {
    const owed = this.#connections.get(socket);
    if (!owed) return;
    owed.add(response);
    response.once('close', () => {
      owed.delete(response);
      if (this.#isClosing && !owed.size) socket.destroySoon();
    });
  }

  /** Returns the response the connection owes first. */
  owedBy(socket: Socket): ServerResponse | undefined {
    return this.#connections.get(socket)?.values().next().value;
  }

  /** Closes connections that owe nothing, now and as they come to owe nothing. */
  closeIdle(): void {
    this.#isClosing = true;
    for (const [socket, owed] of this.#connections) if (!owed.size) socket.destroySoon();
  }

  /** Closes all connections. */
  destroy(): void {
    for (const socket of this.#connections.keys()) socket.destroy();
  }

  /** Resolves when no connection is open. */
  async empty(): Promise<void> {
    if (!this.#connections.size) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }
}

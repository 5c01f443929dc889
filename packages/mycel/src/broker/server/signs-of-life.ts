import type { Socket } from 'node:net';
import { encodeHeartbeat } from '../../protocol/codec/index.ts';
import { Heartbeat } from '../../protocol/socket/heartbeat.ts';
import type { Outbox } from '../../protocol/socket/outbox.ts';

/**
 * So often something is sent to a client that is not read for want of memory, also without heartbeats: who is not read is not seen
 * to leave, and what a client that has left still holds may be the memory that is wanted.
 */
const probeMs = 5000;

/** The heartbeats of a socket, and those that are sent without having been agreed, to see whether the client is still there. */
export class SignsOfLife {
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  #heartbeat: Heartbeat | undefined;
  #probe: NodeJS.Timeout | undefined;

  constructor(socket: Socket, outbox: Outbox) {
    this.#socket = socket;
    this.#outbox = outbox;
  }

  /** Sends heartbeats; `silent` is called when nothing came for two intervals. */
  expect(seconds: number, silent: () => void): void {
    this.#heartbeat = new Heartbeat(seconds, { sendIfIdle: () => this.#sendIfIdle(), declareDead: silent });
  }

  expectNone(): void {
    this.#heartbeat?.stop();
  }

  /** Something came from the client. */
  received(): void {
    this.#heartbeat?.received();
  }

  /** Sends something now and then, until {@link stopProbing}. Idempotent. */
  probe(): void {
    this.#probe ??= setInterval(() => this.#sendIfIdle(), probeMs).unref();
  }

  stopProbing(): void {
    clearInterval(this.#probe);
    this.#probe = undefined;
  }

  #sendIfIdle(): void {
    // A socket that is stuck would only pile them up.
    if (this.#outbox.takeActivity() || this.#socket.writableNeedDrain) return;
    encodeHeartbeat(this.#outbox.writer);
    this.#outbox.flush();
    this.#outbox.takeActivity();
  }
}

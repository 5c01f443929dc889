import { backoffMs } from '../foundation/backoff.ts';
import { pause } from '../foundation/pause.ts';
import type { AmqpChannel } from '../protocol/client/index.ts';

/** How long what is on its way is waited for, and how often it is looked at, in milliseconds. */
const mostMs = 1000;
const lookMs = 10;

/** Soon enough for a cluster that takes long to find new leaders, and seldom enough for a queue that stays full, in milliseconds. */
const mostBetweenMs = 2000;

/** After so long without one the waits between replacements begin anew, in milliseconds. */
const forgetMs = 60_000;

/**
 * Says when a channel on which the broker refuses publishes is to be replaced. RabbitMQ asks one node of a quorum queue when a channel
 * publishes to it for the first time; if that node is gone just then, it refuses all that comes on this channel for this queue until
 * that node is back (`rabbit_fifo_client`; seen in 3.10.8). On a new channel it asks the node that leads the queue by then. A queue that is full
 * refuses on every channel: each replacement waits longer than the one before.
 */
export class RefusedPublishes {
  #draining: AmqpChannel | undefined;
  /** How often a channel was held back since that was needed for the first time, and when it was last. */
  #holds = 0;
  #heldAt = -Infinity;

  /** True while nothing more may be published on the channel, as it is about to be replaced. */
  holdsBack(channel: AmqpChannel): boolean {
    return channel === this.#draining;
  }

  /** Whether it is time to replace a channel. */
  get isTime(): boolean {
    if (this.#draining?.isOpen) return false;
    const since = performance.now() - this.#heldAt;
    if (since > forgetMs) this.#holds = 0;
    return this.#holds === 0 || since >= backoffMs(this.#holds, { initialMs: 250, maxMs: mostBetweenMs, jitter: 0 });
  }

  /**
   * Resolves once nothing on the channel awaits a confirm, so that nothing is sent twice; with `false` if that takes too long, as where a
   * queue never confirms: then too it is not held back again before some time has passed, or little else would be published.
   */
  async drain(channel: AmqpChannel, signal: AbortSignal): Promise<boolean> {
    this.#draining = channel;
    for (let waited = 0; channel.unconfirmed > 0 && waited < mostMs; waited += lookMs) await pause(lookMs, signal);
    if (this.holdsBack(channel)) this.#draining = undefined;
    this.#holds += 1;
    this.#heldAt = performance.now();
    return channel.unconfirmed === 0;
  }
}

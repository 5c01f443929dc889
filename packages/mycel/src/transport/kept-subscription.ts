import type { HealthReport } from '../foundation/health-report.ts';
import type { Subscription } from './subscription.ts';

/**
 * The life of a subscription in a container: opened in `start`, deaf from `stopTaking`, closed in `stop` once no worker
 * runs that could still settle a message. Adopt it beside the entrypoint, whose `stop` calls `stopTaking`.
 */
export class KeptSubscription {
  readonly #open: () => Promise<Subscription>;
  #subscription: Promise<Subscription> | undefined;
  #opened: Subscription | undefined;

  constructor(open: () => Promise<Subscription>) {
    this.#open = open;
  }

  setup(): void {}

  async start(): Promise<void> {
    this.#subscription = this.#open();
    this.#opened = await this.#subscription;
  }

  /** Tells whether it is attached to the broker. */
  health(): HealthReport {
    if (!this.#opened) return { ready: false, state: 'attaching' };
    return this.#opened.health?.() ?? { ready: true, state: 'consuming' };
  }

  /** Takes no further message; those being handled can still be settled. */
  async stopTaking(): Promise<void> {
    await (await this.#subscription)?.stop();
  }

  async stop(): Promise<void> {
    await (await this.#subscription)?.close();
  }

  kill(): void {
    // Whether or not it is open yet: what is not settled goes back to the broker.
    this.#subscription?.then(
      (subscription) => subscription.close(),
      () => {},
    );
  }
}

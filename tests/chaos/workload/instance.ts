import { ServiceRunner } from '../../../packages/mycel/src/core/runner.ts';
import type { Logger } from '../../../packages/mycel/src/foundation/logger.ts';
import type { Transport } from '../../../packages/mycel/src/transport/transport.ts';
import { transportResource } from '../../../packages/mycel/src/transport/transport-resource.ts';
import { makeServices } from './services.ts';
import type { InstanceNotes } from './work-notes.ts';

/** One instance of every service of the workload, in this process. */
export class Instance {
  readonly notes: InstanceNotes;
  readonly #runner: ServiceRunner;

  constructor(notes: InstanceNotes, transport: Transport, logger: Logger) {
    this.notes = notes;
    this.#runner = new ServiceRunner(makeServices(notes), {
      resources: [transportResource(transport)],
      maxWorkers: 5,
      logger,
    });
  }

  async start(): Promise<void> {
    await this.#runner.start();
  }

  /** Why it is not ready; nothing once it is. */
  async shortcomings(): Promise<readonly string[]> {
    const { reasons } = await this.#runner.health.ready();
    return reasons.map((reason) => `${this.notes.instance} is not ready: ${reason}`);
  }

  /** Stops in good order. */
  async stop(): Promise<void> {
    await this.#runner.stop();
  }

  /** Goes without a word, as a process that is killed: what it still does counts for nothing. */
  async crash(): Promise<void> {
    this.notes.hasCrashed = true;
    await this.#runner.kill();
  }
}

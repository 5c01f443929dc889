import { BrokerListenError } from '../broker/server/listen-error.ts';
import { identifyPortHolder, type PortHolder } from '../broker/server/port-holder.ts';
import type { EmbeddedBroker } from '../broker/server/start-broker.ts';
import type { Logger } from '../foundation/logger.ts';
import { BrokerUnavailableError } from '../transport/transport-errors.ts';
import { usualPorts } from './local-broker-section.ts';

/** How {@link LocalBroker} looks for the embedded broker. */
export interface LocalBrokerOptions {
  readonly logger: Logger;
  /** Starts one in this process if none runs. */
  readonly mayHost: boolean;
  /** @default 6720 to 6729 */
  readonly ports?: readonly number[];
}

/** Where the embedded broker was found. */
export interface LocalBrokerPlace {
  readonly uri: string;
  readonly port: number;
  /** In this process, or in another one. */
  readonly isHosted: boolean;
  /** The process that it lives in. */
  readonly pid: number;
  /** What tells it from one that was there before or comes after it. */
  readonly instance: string;
}

/** A broker whose process is busy answers late; beyond this it is taken for something else. */
const answerMs = 5000;

/** Somebody else may take a port between the question who holds it and the attempt to listen. */
const attempts = 5;

/**
 * The embedded broker that the Mycel processes of one machine share where no other is configured: found on one of a few
 * ports of 127.0.0.1, or hosted by this process (docs/decisions/0011).
 *
 * Nothing is kept of where it was: each question looks again, since the process that hosts it may have ended.
 */
export class LocalBroker implements AsyncDisposable {
  readonly #options: LocalBrokerOptions;
  readonly #ports: readonly number[];
  #hosted: EmbeddedBroker | undefined;
  #finding: Promise<LocalBrokerPlace> | undefined;
  #place: LocalBrokerPlace | undefined;
  #isClosed = false;

  constructor(options: LocalBrokerOptions) {
    this.#options = options;
    this.#ports = options.ports ?? usualPorts;
  }

  /** Where it was found last; `undefined` before. */
  get place(): LocalBrokerPlace | undefined {
    return this.#place;
  }

  /**
   * Finds the broker, or hosts it. Rejects with a `BrokerUnavailableError` if there is none and this process may not host
   * one, or finds no free port.
   */
  find(): Promise<LocalBrokerPlace> {
    this.#finding ??= this.#find().finally(() => {
      this.#finding = undefined;
    });
    return this.#finding;
  }

  /** Ends the broker if this process hosts it: its clients are disconnected, what it holds is gone. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#finding?.catch(() => {}); // whoever asked is told
    await this.#hosted?.close();
    this.#hosted = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #find(): Promise<LocalBrokerPlace> {
    if (this.#hosted) return this.#noteOwn(this.#hosted);
    for (let attempt = 1; ; attempt++) {
      const holders = await Promise.all(this.#ports.map((port) => identifyPortHolder('127.0.0.1', port, answerMs)));
      for (const [index, holder] of holders.entries()) {
        const port = this.#ports[index] ?? 0;
        if (holder.kind === 'mycel') return this.#note({ ...holder, port, isHosted: false });
      }
      if (!this.#options.mayHost || this.#isClosed) throw this.#nobodyThere(holders);
      const free = holders.findIndex(({ kind }) => kind === 'nobody');
      const port = this.#ports[free];
      if (port === undefined) throw allTaken(this.#ports, holders);
      const hosted = await this.#host(port, attempt === attempts);
      if (!hosted) continue;
      this.#tellTaken(holders.slice(0, free), port);
      return this.#noteOwn(hosted);
    }
  }

  /** Listens; `undefined` if somebody was faster, and there is time for another attempt. */
  async #host(port: number, isLast: boolean): Promise<EmbeddedBroker | undefined> {
    const { logger } = this.#options;
    // Only here: a process that uses another broker has no memory to spare for this one.
    const { startBroker } = await import('../broker/server/start-broker.ts');
    try {
      this.#hosted = await startBroker({ port, logger, onNotice: (notice) => logger.debug({}, notice) });
      return this.#hosted;
    } catch (error) {
      if (error instanceof BrokerListenError && error.holder && !isLast) return undefined;
      throw error;
    }
  }

  #tellTaken(holders: readonly PortHolder[], chosen: number): void {
    for (const [index, holder] of holders.entries()) {
      const taken = `port ${this.#ports[index]} is taken by ${describe(holder)}`;
      this.#options.logger.warn({}, `${taken}; the embedded broker listens on port ${chosen} instead`);
    }
  }

  #noteOwn({ server }: EmbeddedBroker): LocalBrokerPlace {
    const { instance, address } = server;
    return this.#note({ port: address.port, isHosted: true, pid: process.pid, instance });
  }

  #note({ port, isHosted, pid, instance }: Omit<LocalBrokerPlace, 'uri'>): LocalBrokerPlace {
    const before = this.#place;
    const place = { uri: `amqp://127.0.0.1:${port}/`, port, isHosted, pid, instance };
    this.#place = place;
    if (before && before.instance !== instance) {
      const where = isHosted ? 'this process hosts a new one' : `process ${pid} hosts another`;
      this.#options.logger.warn({ port, pid }, `the embedded broker is gone with what it held; ${where}`);
    }
    return place;
  }

  #nobodyThere(holders: readonly PortHolder[]): BrokerUnavailableError {
    const silent = this.#ports.filter((_port, index) => holders[index]?.kind === 'unknown');
    const hint = silent.length > 0 ? `; whoever has port ${silent.join(', ')} does not answer: busy, or halted?` : '';
    return new BrokerUnavailableError(
      `no broker is configured, and no embedded one runs on this machine (${nameOf(this.#ports)}${hint}); start services with 'mycel run', or set amqp.uri (AMQP_URI) to a broker's`,
    );
  }
}

function allTaken(ports: readonly number[], holders: readonly PortHolder[]): BrokerUnavailableError {
  const takers = new Set(holders.map(describe));
  return new BrokerUnavailableError(
    `the embedded broker cannot listen: ${nameOf(ports)} is taken by ${[...takers].join(', ')}; set broker.port to a free port, or amqp.uri (AMQP_URI) to a broker's`,
  );
}

function describe(holder: PortHolder): string {
  return holder.kind === 'amqp'
    ? `${holder.product} ${holder.version}`
    : 'a program that does not answer as an AMQP broker';
}

function nameOf(ports: readonly number[]): string {
  const [first, last] = [ports[0], ports.at(-1)];
  return first === last ? `port ${first}` : `ports ${first} to ${last}`;
}

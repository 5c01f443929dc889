import { messageOf } from '../foundation/errors.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import type { Logger } from '../foundation/logger.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import { pause } from '../foundation/pause.ts';
import type { AmqpChannel } from '../protocol/client/index.ts';
import { isMissing, refusalIn } from './broker-refusal.ts';
import { ExchangeNews, type ExchangeState } from './exchange-news.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { isEventExchange } from './topology.ts';

/**
 * So long after its loss was announced nobody declares an exchange of events, and whoever has heard of it publishes nothing to it. Until all
 * queues are bound again an event would reach some of its handlers, and count as routed.
 */
export const fenceMs = 200;

/** How long it takes at most to announce a loss, in milliseconds. */
const patienceMs = 1000;

/** How long after a loss what comes back unrouted is not believed: others may still be binding their queues again. */
export const doubtMs = 3000;

/** News of one loss come from several channels within this time. */
const sameLossMs = 1000;

/** Every so many rounds everything is bound again, in case somebody who tells nobody (a Nameko service) was faster. */
const roundsToRebind = 30;

/** RabbitMQ's answer to those who lack the rights; each time it is an error in its log. */
const accessRefused = 403;

/** So many rounds pass before who lacks the rights asks again. */
const roundsToRest = 30;

/** How an {@link ExchangeWatch} works. */
export interface ExchangeWatchOptions {
  readonly logger: Logger;
  /** How often the exchanges are looked for. @default 1000 */
  readonly intervalMs?: number;
}

/** Binds a queue again, and declares its exchange; must not reject. */
export type BindAgain = () => Promise<void>;

/** Publishes nothing to an exchange until others had time to bind their queues to it again; must not throw. */
export type HoldBack = (exchange: string) => void;

/**
 * Sees to it that what hangs on an exchange is bound again when somebody has deleted it: a broker drops the bindings with
 * the exchange and tells no consumer. Looks for each exchange once a second by a passive declaration, on a channel of its
 * own; whoever finds one missing tells the other processes, which might find it back already, and restores it. An exchange of events
 * is restored a moment later, so that nobody publishes to it while it is bound to a part of its queues only.
 */
export class ExchangeWatch {
  readonly #connection: SupervisedConnection;
  readonly #options: ExchangeWatchOptions;
  readonly #news: ExchangeNews;
  readonly #hanging = new Map<string, Set<BindAgain>>();
  readonly #publishing = new Map<string, HoldBack>();
  readonly #restoring = new Map<string, Promise<void>>();
  /** When each was found missing last, by the clock of `performance.now()`. */
  readonly #missedAt = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #isChecking = false;
  #isClosed = false;
  #rounds = 0;
  #roundsOfRest = 0;
  #toldProblem: string | undefined;

  constructor(connection: SupervisedConnection, options: ExchangeWatchOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#news = new ExchangeNews(connection, {
      onNews: (exchange, state) => void this.#hear(exchange, state),
      // What the others told meanwhile was not heard, and the exchange that carries it may have been the one that was deleted.
      onAttached: (isFirst) => void (isFirst ? this.#bindAll() : this.#catchUp()),
    });
  }

  /** Has something bound again whenever an exchange was gone; the exchange exists by now. Idempotent. */
  hangOn(exchange: string, bindAgain: BindAgain): void {
    if (this.#isClosed) return;
    const present = this.#hanging.get(exchange);
    if (present) present.add(bindAgain);
    else this.#hanging.set(exchange, new Set([bindAgain]));
    this.#begin();
  }

  /** Has a publisher of events hold them back whenever their exchange is found missing, here or elsewhere. */
  publishesTo(exchange: string, holdBack: HoldBack): void {
    if (this.#isClosed) return;
    this.#publishing.set(exchange, holdBack);
    this.#begin();
  }

  /** Forgets what {@link hangOn} was told, on every exchange. */
  letGo(bindAgain: BindAgain): void {
    for (const [exchange, all] of this.#hanging)
      if (all.delete(bindAgain) && all.size === 0) this.#hanging.delete(exchange);
  }

  /** Restores an exchange that the broker has said is missing, and tells the others. Resolves once that is done; never rejects. */
  foundMissing(exchange: string): Promise<void> {
    const present = this.#restoring.get(exchange);
    if (present) return present;
    if (this.#isNewLoss(exchange)) this.#tellLoss(exchange, 'was deleted: declaring it, and binding to it again');
    this.#missedAt.set(exchange, performance.now());
    this.#publishing.get(exchange)?.(exchange);
    return this.#whileRestoring(exchange, this.#announceAndBind(exchange));
  }

  /** Has everybody bind to an exchange again: it may have been deleted, and restored by somebody who tells nobody. */
  haveBound(exchange: string): void {
    if (this.#restoring.has(exchange)) return;
    const binding = this.#bind(exchange).then(() => this.#news.tell(exchange, 'suspected'));
    binding.catch((error: unknown) => this.#tell(error));
  }

  /** Tells whether an exchange was gone a moment ago: then its queues may not all be bound to it yet. */
  isDoubtful(exchange: string): boolean {
    if (this.#missedAt.size === 0) return false;
    const missedAt = this.#missedAt.get(exchange);
    return missedAt !== undefined && performance.now() - missedAt < doubtMs;
  }

  /** Tells whether all exchanges are there, as far as is known. */
  health(): HealthReport {
    const [exchange] = this.#restoring.keys();
    if (exchange === undefined) return { ready: true, state: 'bound' };
    return { ready: false, state: 'binding', reason: `the exchange '${exchange}' was deleted; binding to it again` };
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#news.close();
  }

  #begin(): void {
    if (this.#timer) return;
    this.#timer = setInterval(() => void this.#check(), this.#options.intervalMs ?? 1000).unref();
    this.#news.attached().catch((error: unknown) => this.#tell(error));
  }

  /** One round. Never rejects. */
  async #check(): Promise<void> {
    if (this.#isChecking || this.#isClosed || !this.#connection.isOpen || this.#connection.blocked !== undefined)
      return;
    if (this.#roundsOfRest > 0) return void this.#roundsOfRest--;
    this.#isChecking = true;
    try {
      const channel = await this.#news.attached();
      const missing = await findMissing(channel, this.#present());
      if (missing !== undefined) await this.foundMissing(missing);
      else if (++this.#rounds % roundsToRebind === 0) await this.#bindAll();
      this.#toldProblem = undefined;
    } catch (error) {
      this.#tell(error);
    } finally {
      this.#isChecking = false;
    }
  }

  /** Restores all that is missing, and binds the rest again. Never rejects. */
  async #catchUp(): Promise<void> {
    try {
      for (let missing: string | undefined; !this.#isClosed; void this.foundMissing(missing)) {
        const channel = await (await this.#connection.whenOpen()).openChannel();
        missing = await findMissing(channel, this.#present());
        if (missing !== undefined) continue;
        await channel.close();
        return await this.#bindAll();
      }
    } catch (error) {
      this.#tell(error);
    }
  }

  /** All that something hangs on, except what is known to be gone. */
  #present(): string[] {
    return [...this.#hanging.keys()].filter((exchange) => !this.#restoring.has(exchange));
  }

  /** Another process restores an exchange, or suspects that somebody has. Never rejects. */
  async #hear(exchange: string, state: ExchangeState): Promise<void> {
    if (this.#restoring.has(exchange)) return;
    const isNews = state !== 'suspected' && this.#isNewLoss(exchange);
    this.#missedAt.set(exchange, performance.now());
    if (state === 'missing') this.#publishing.get(exchange)?.(exchange);
    if (!this.#hanging.has(exchange)) return;
    if (isNews) this.#tellLoss(exchange, 'was deleted, as another process has found: binding to it again');
    const binding = state === 'missing' ? this.#bindLater(exchange) : this.#bind(exchange);
    return isNews ? this.#whileRestoring(exchange, binding) : binding;
  }

  async #announceAndBind(exchange: string): Promise<void> {
    if (isEventExchange(exchange)) {
      // A broker that does not answer has nobody publish, either.
      await endsWithin(this.#news.tell(exchange, 'missing'), patienceMs).catch((error: unknown) => this.#tell(error));
      await this.#bindLater(exchange);
    } else await this.#bind(exchange);
    await this.#news.tell(exchange, 'restored');
  }

  async #bindLater(exchange: string): Promise<void> {
    await pause(fenceMs);
    await this.#bind(exchange);
  }

  #isNewLoss(exchange: string): boolean {
    return performance.now() - (this.#missedAt.get(exchange) ?? -Infinity) > sameLossMs;
  }

  #tellLoss(exchange: string, what: string): void {
    this.#connection.counters.count('exchanges_restored', exchange);
    this.#options.logger.warn({ exchange }, `the exchange '${exchange}' ${what}`);
  }

  /** Is not well until that has ended. Never rejects. */
  #whileRestoring(exchange: string, work: Promise<void>): Promise<void> {
    const restoring = work
      .catch((error: unknown) => this.#tell(error))
      .finally(() => {
        this.#restoring.delete(exchange);
        // Others that take as long to see to the same loss tell of it only now.
        this.#missedAt.set(exchange, performance.now());
      });
    this.#restoring.set(exchange, restoring);
    return restoring;
  }

  async #bind(exchange: string): Promise<void> {
    await Promise.all([...(this.#hanging.get(exchange) ?? [])].map((bindAgain) => bindAgain()));
  }

  async #bindAll(): Promise<void> {
    await Promise.all(this.#present().map((exchange) => this.#bind(exchange)));
  }

  /** Of a lost connection its supervisor tells. */
  #tell(error: unknown): void {
    const refusal = refusalIn(error);
    if (refusal?.replyCode === accessRefused) this.#roundsOfRest = roundsToRest;
    if (!refusal || this.#toldProblem === refusal.replyText) return;
    this.#toldProblem = refusal.replyText;
    const what = `cannot see whether exchanges are deleted: ${messageOf(refusal)}; grant the rights to configure and read 'mycel.*'`;
    this.#options.logger.warn({ err: error }, what);
  }
}

/** Asks for all of them in one go; returns the first that is missing. Its refusal closes the channel. */
async function findMissing(channel: AmqpChannel, exchanges: readonly string[]): Promise<string | undefined> {
  const asked = exchanges.map((exchange) => channel.declareExchange(exchange, 'topic', { passive: true }));
  const answers = await Promise.allSettled(asked);
  for (const [index, answer] of answers.entries()) {
    if (answer.status === 'fulfilled') continue;
    if (isMissing(answer.reason)) return exchanges[index];
    throw answer.reason;
  }
  return undefined;
}

import type { HealthAnswer } from '../core/health-monitor.ts';
import type { Awaitable } from '../foundation/awaitable.ts';
import type { HealthOptions } from './health-options.ts';
import type { HttpExchange } from './http-exchange.ts';
import type { RouteHandler } from './web-server.ts';

/** Whom the routes ask; a `HealthMonitor` can answer. */
export interface HealthAnswers {
  live(): Awaitable<HealthAnswer>;
  startup(): Awaitable<HealthAnswer>;
  ready(): Awaitable<HealthAnswer>;
}

/** The three questions, each the last part of a path. */
export const healthQuestions = ['live', 'ready', 'startup'] as const;

/** Answers one of the three questions: 200 if the answer is yes, else 503. */
export class HealthRoute implements RouteHandler {
  readonly owner = 'the health endpoints';
  readonly yields = true;
  readonly state = 'open';
  readonly #ask: () => Awaitable<HealthAnswer>;
  readonly #showsDetails: boolean;

  constructor(ask: () => Awaitable<HealthAnswer>, { details }: Pick<HealthOptions, 'details'>) {
    this.#ask = ask;
    this.#showsDetails = details;
  }

  handle(exchange: HttpExchange): void {
    void this.#answer(exchange);
  }

  async #answer(exchange: HttpExchange): Promise<void> {
    try {
      const answer = await this.#ask();
      const { ok, state } = answer;
      const shown = this.#showsDetails ? answer : { ok, state };
      const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
      await exchange.send({ status: ok ? 200 : 503, headers, body: `${JSON.stringify(shown)}\n` });
    } catch (error) {
      exchange.sendError(error);
    }
  }
}

import { backoffMs } from '../foundation/backoff.ts';
import { pause } from '../foundation/pause.ts';
import type { OutboundCall } from '../transport/rpc-transport.ts';
import { DisconnectedError } from '../transport/transport-errors.ts';
import type { Invocation } from './rpc-client.ts';

/** How often a call that may be repeated is, unless it says itself. */
export const defaultRetries = 3;

/** Sends a call once. */
export type SendCall = (call: OutboundCall) => Invocation;

/**
 * A call that is sent again when its connection was lost before its answer came: nobody knows whether it ran, and to run
 * it twice does no harm. All attempts share one context, and so one place in the stack of calls, and one deadline. Other
 * ends are the call's own: an answer, an error of the callee, no time left, an unknown service.
 */
export class RepeatedInvocation implements Invocation {
  readonly correlationId: string;
  readonly #first: Attempt;
  readonly #result: Promise<unknown>;

  constructor(call: OutboundCall, retries: number, send: SendCall) {
    const deadline = performance.now() + call.timeoutMs;
    this.#first = new Attempt({ call, send, retries, deadline }, 0);
    this.correlationId = this.#first.invocation.correlationId;
    // Begun now: the call is repeated whether or not somebody waits for its result already.
    this.#result = this.#first.result();
    this.#result.catch(() => {}); // whoever asks for it sees it
  }

  get sent(): Promise<void> {
    return this.#first.sent();
  }

  result(): Promise<unknown> {
    return this.#result;
  }
}

interface Series {
  readonly call: OutboundCall;
  readonly send: SendCall;
  readonly retries: number;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
}

/** One sending of the call, and those that follow when it is lost. */
class Attempt {
  readonly invocation: Invocation;
  readonly #series: Series;
  readonly #number: number;
  #next: Promise<Attempt> | undefined;

  constructor(series: Series, number: number) {
    this.#series = series;
    this.#number = number;
    const timeoutMs = number === 0 ? series.call.timeoutMs : series.deadline - performance.now();
    this.invocation = series.send({ ...series.call, timeoutMs });
  }

  async sent(): Promise<void> {
    try {
      await this.invocation.sent;
    } catch (error) {
      await (await this.#follow(error)).sent();
    }
  }

  async result(): Promise<unknown> {
    try {
      return await this.invocation.result();
    } catch (error) {
      return (await this.#follow(error)).result();
    }
  }

  /** Begins the next attempt, or rejects with the error if there is none. */
  #follow(error: unknown): Promise<Attempt> {
    this.#next ??= this.#repeat(error);
    return this.#next;
  }

  async #repeat(error: unknown): Promise<Attempt> {
    const { retries, deadline, call } = this.#series;
    const waitMs = backoffMs(this.#number + 1);
    const hasTime = deadline - performance.now() > waitMs;
    if (!(error instanceof DisconnectedError) || this.#number >= retries || !hasTime) throw error;
    await pause(waitMs, call.signal);
    return new Attempt(this.#series, this.#number + 1); // which is cancelled at once if the signal has aborted
  }
}

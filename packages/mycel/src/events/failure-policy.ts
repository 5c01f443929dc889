import { GracePeriodOverError } from '../core/worker-errors.ts';
import type { WorkerContext } from '../core/worker-context.ts';
import type { Counters } from '../foundation/counters.ts';
import { durationText } from '../foundation/duration.ts';
import { describeThrown, messageOf, stackless } from '../foundation/errors.ts';
import type { Logger } from '../foundation/logger.ts';
import type { DeadLetterFailure } from '../transport/dead-letter.ts';
import type { InboundEvent, OnError, Settlement } from '../transport/event-transport.ts';
import { deadLetterError } from './dead-letter-failure.ts';
import { RetryLater } from './retry-later.ts';
import { nextAttempt, type RetrySchedule } from './retry-schedule.ts';

/** What a {@link FailurePolicy} goes by. */
export interface FailurePolicyInit {
  readonly service: string;
  readonly method: string;
  readonly instance: string;
  readonly onError: OnError;
  /** Whether the transport can hold events back, and keeps dead letters. */
  readonly canRetry: boolean;
  readonly schedule: RetrySchedule;
  readonly logger: Logger;
  readonly counters: Counters | undefined;
  readonly random: () => number;
  readonly isExpected: (error: unknown) => boolean;
}

/** What is known of an event whose handler has failed. */
export interface FailedEvent {
  readonly event: InboundEvent;
  /** How often it has failed before. */
  readonly failures: number;
  readonly firstFailedAt: number | undefined;
}

/** Decides what becomes of an event that was not handled, tells the log, and counts it. */
export class FailurePolicy {
  readonly #init: FailurePolicyInit;
  readonly #path: string;

  constructor(init: FailurePolicyInit) {
    this.#init = init;
    this.#path = `${init.service}.${init.method}`;
  }

  /** Whether events that came back too often are given up: not where each failure sends them back. */
  get watchesReturns(): boolean {
    return this.#init.canRetry && this.#init.onError !== 'requeue';
  }

  /** Of an event whose handler threw. */
  failed(failed: FailedEvent, error: unknown, context: WorkerContext): Settlement {
    // It threw because it was told to end: that says nothing of the event.
    if (context.cancellation.reason instanceof GracePeriodOverError) {
      this.#log('warn', failed, error, context, 'was told to end, and the event goes back');
      return 'requeue';
    }
    const { onError, canRetry, schedule, random } = this.#init;
    const isRetried = canRetry && (onError === 'retry' || error instanceof RetryLater);
    const next = isRetried ? nextAttempt(schedule, failed.failures, error, random) : 'none';
    if (next !== 'none') return this.#retry(failed, error, context, next);
    if (onError === 'requeue') return this.#requeue(failed, error, context);
    if (onError === 'drop' || !canRetry) return this.#drop(failed, error, context);
    return this.#bury(failed, error, context);
  }

  /** Of an event that cannot be read, or does not fit: no attempt would mend it. */
  invalid(event: InboundEvent, error: unknown): Settlement {
    const { onError, canRetry, logger } = this.#init;
    const fields = { err: error, ...fieldsOf(event) };
    const what = `${this.#path} cannot take an event`;
    this.#count('events_invalid');
    if (onError === 'drop' || !canRetry) {
      this.#count('events_dropped');
      logger.error(fields, `${what}, and it is given up: ${messageOf(error)}`);
      return 'ack';
    }
    logger.error(fields, `${what}, and it is a dead letter (${this.#whereToLook}): ${messageOf(error)}`);
    return this.#deadLetter(
      { event, failures: event.failures ?? 0, firstFailedAt: event.firstFailedAt },
      error,
      'invalid',
    );
  }

  /** Tells of an event that is tried alone now: if the process ends of it, this is the last that it says. */
  suspected(event: InboundEvent): void {
    const { returns = 0 } = event;
    const text = `${this.#path} tries an event alone that came back unsettled ${returns} times`;
    const why = 'whoever handled it ended, or lost its connection; if it goes on so, it is given up as a dead letter';
    this.#init.logger.warn({ returns, ...fieldsOf(event) }, `${text}: ${why}`);
  }

  /** Tells of a suspect whose beginning could not be noted: if the process ends of it, it is tried again all the same. */
  notNoted(event: InboundEvent, error: unknown): void {
    const text = `${this.#path} could not note that it begins with an event that may end its process`;
    this.#init.logger.error({ err: error, ...fieldsOf(event) }, `${text}, and begins: ${messageOf(error)}`);
  }

  /**
   * Of an event that came back again and again because those who took it ended before they had settled it. `trials`: how often it
   * was tried alone, where that is known.
   */
  poison(event: InboundEvent, trials?: number): Settlement {
    const { returns = 0, failures = 0 } = event;
    const why =
      trials === undefined
        ? 'whoever handled it ended, or lost its connection, before it was done'
        : `tried alone, it ended its process ${trials} times`;
    const error = stackless(new Error(`${returns} times it came back unsettled: ${why}`));
    error.name = 'PoisonEvent';
    const text = `${this.#path} is not tried on an event again, which is now a dead letter (${this.#whereToLook})`;
    this.#init.logger.error({ returns, ...fieldsOf(event) }, `${text}: ${error.message}`);
    this.#count('events_poison');
    const attempts = failures + (trials ?? returns);
    return this.#deadLetter({ event, failures: attempts, firstFailedAt: event.firstFailedAt }, error, 'poison');
  }

  #retry(
    failed: FailedEvent,
    error: unknown,
    context: WorkerContext,
    { delayMs, counts }: { readonly delayMs: number; readonly counts: boolean },
  ): Settlement {
    const { attempts } = this.#init.schedule;
    this.#count('events_retried');
    const attempt = counts ? `attempt ${failed.failures + 1} of ${attempts}; ` : '';
    const level = isWish(error) ? 'info' : 'warn';
    this.#log(level, failed, error, context, `${attempt}the next one in ${durationText(delayMs)}`, { delayMs });
    return counts ? { kind: 'retry', delayMs } : { kind: 'retry', delayMs, counts };
  }

  #requeue(failed: FailedEvent, error: unknown, context: WorkerContext): Settlement {
    this.#count('events_requeued');
    this.#log('error', failed, error, context, 'the event goes back at once');
    return 'requeue';
  }

  #drop(failed: FailedEvent, error: unknown, context: WorkerContext): Settlement {
    this.#count('events_dropped');
    this.#log('error', failed, error, context, 'the event is given up');
    return 'ack';
  }

  #bury(failed: FailedEvent, error: unknown, context: WorkerContext): Settlement {
    const outcome = `attempt ${failed.failures + 1} was its last, the event is a dead letter: ${this.#whereToLook}`;
    this.#log('error', failed, error, context, outcome);
    return this.#deadLetter({ ...failed, failures: failed.failures + 1 }, reasonOf(error), 'failed');
  }

  #deadLetter(
    { failures, firstFailedAt }: FailedEvent,
    error: unknown,
    reason: DeadLetterFailure['reason'],
  ): Settlement {
    this.#count('events_dead_lettered');
    const failure = { reason, error: deadLetterError(error), attempts: failures, instance: this.#init.instance };
    return { kind: 'dead-letter', failure, firstFailedAt };
  }

  #log(
    level: 'info' | 'warn' | 'error',
    { event, failures }: FailedEvent,
    error: unknown,
    { callId, callIdStack }: WorkerContext,
    outcome: string,
    more: Readonly<Record<string, unknown>> = {},
  ): void {
    const { logger, isExpected } = this.#init;
    const reason = reasonOf(error);
    const cause = isWish(error) ? {} : { err: reason };
    const fields = { callId, callIdStack, ...cause, attempt: failures + 1, ...more, ...fieldsOf(event) };
    const message = `${this.#path} threw ${describeThrown(reason)}; ${outcome}`;
    logger[level === 'error' && isExpected(error) ? 'warn' : level](fields, message);
  }

  #count(name: string): void {
    this.#init.counters?.count(name, this.#path);
  }

  get #whereToLook(): string {
    return `see it with 'mycel dead-letters list --service ${this.#init.service}'`;
  }
}

function fieldsOf({ source, type, messageId }: InboundEvent): Record<string, unknown> {
  return { source, type, messageId };
}

/** Whether a handler has asked for its event again without an error of its own: there is nothing to look into. */
function isWish(error: unknown): boolean {
  return error instanceof RetryLater && error.cause === undefined;
}

/** What there is to look into: of an event that is wanted later, why. */
function reasonOf(error: unknown): unknown {
  return error instanceof RetryLater && !isWish(error) ? error.cause : error;
}

import { describe, expect, it } from 'vitest';
import { AmqpServerError, ConnectionClosedError } from '../protocol/client/index.ts';
import { isLoss, refusalIn } from './broker-refusal.ts';

/** What is said to a request when the broker closes the connection. */
function closedBy(replyCode: number, replyText: string, method: string): ConnectionClosedError {
  return new ConnectionClosedError('closed', {
    cause: new AmqpServerError('connection', replyCode, replyText, method),
  });
}

describe('a connection that the broker closes', () => {
  it('because it failed itself on a declaration is a loss, and no refusal', () => {
    const failed = closedBy(541, "INTERNAL_ERROR - Cannot declare a queue 'q' in vhost '/'", 'queue.declare');
    expect([isLoss(failed), refusalIn(failed)]).toEqual([true, undefined]);
  });

  it('because it failed on a message is a refusal of that, which is not sent again', () => {
    const failed = closedBy(541, 'INTERNAL_ERROR', 'basic.publish');
    expect([isLoss(failed), refusalIn(failed)]).toEqual([false, failed.cause]);
  });

  it('because of what it was asked is a refusal', () => {
    const failed = closedBy(530, 'NOT_ALLOWED', 'queue.declare');
    expect([isLoss(failed), refusalIn(failed)]).toEqual([false, failed.cause]);
  });
});

import { expect, test } from 'vitest';
import { CallTimeoutError } from './transport-errors.ts';

test('a call that timed out says so in whole milliseconds, also where it had what was left of a deadline', () => {
  const { message, timeoutMs } = new CallTimeoutError('lab', 'work', 2999.3349, { waitedMs: 2999, wasSent: true });
  expect(message).toMatch(/^lab\.work did not answer within 2999 ms \(/);
  expect(timeoutMs).toBe(2999.3349);
});

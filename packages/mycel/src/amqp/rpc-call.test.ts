import { afterEach, expect, it, vi } from 'vitest';
import type { CallReply } from '../transport/rpc-transport.ts';
import { CallTimeoutError } from '../transport/transport-errors.ts';
import { Call, type CallOwner } from './rpc-call.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const owner: CallOwner = { becameSlow: () => {}, gaveUp: () => {} };
const error = { type: 'Error', path: 'Error', args: ['given up'], value: 'given up' };

/** What becomes of a call with 200 ms that is answered after so many, before its timer goes off. */
async function answeredAfter(ms: number, reply: CallReply): Promise<unknown> {
  const context = { callIdStack: [], data: {} };
  const now = vi.spyOn(performance, 'now').mockReturnValue(5000);
  const call = new Call({ service: 'lab', method: 'hang', args: [], kwargs: {}, timeoutMs: 200, context }, owner);
  now.mockReturnValue(5000 + ms);
  call.settle(reply);
  return call.reply.catch((reason: unknown) => reason);
}

it('an error that comes at the deadline is a timeout, whose cause it is', async () => {
  const outcome = await answeredAfter(200, { ok: false, error });
  expect(outcome).toBeInstanceOf(CallTimeoutError);
  expect(outcome).toMatchObject({ cause: error, waitedMs: 200 });
});

it('an error before it, and a result at any time, are answers', async () => {
  expect(await answeredAfter(190, { ok: false, error })).toEqual({ ok: false, error });
  expect(await answeredAfter(200, { ok: true, value: 1 })).toEqual({ ok: true, value: 1 });
});

import { expect, test } from 'vitest';
import { z } from 'zod';
import { RemoteError, remoteError } from '../core/remote-error.ts';
import { MethodNotFoundError } from '../rpc/rpc-errors.ts';
import { UnknownServiceError } from '../transport/transport-errors.ts';
import { describeError } from './call-failure.ts';

const origin = { type: 'ValueError', path: 'builtins.ValueError', args: ['bad\nvalue'], value: 'bad\nvalue' };

class Declined extends remoteError('call_failure_test.Declined', z.object({ by: z.number() })) {}

test.each([
  [new RemoteError('math.add failed: ...', undefined, { origin }), 'ValueError: bad value'],
  [new RemoteError('...', { limit: 5 }, { origin }), 'ValueError: bad value { limit: 5 }'],
  [new MethodNotFoundError("math has no rpc 'ad'", { nearest: [] }), "MethodNotFound: math has no rpc 'ad'"],
  [
    new MethodNotFoundError(
      "math has no rpc 'ad'",
      { nearest: ['add'] },
      { origin: { ...origin, type: 'MethodNotFound' } },
    ),
    "MethodNotFound: math has no rpc 'ad'",
  ],
  [new Declined('over the limit', { by: 3 }), 'Declined: over the limit { by: 3 }'],
  [new TypeError('x is not a function'), 'TypeError: x is not a function'],
  ['text', "thrown: 'text'"],
  [new Error('amqp://guest:secret@host/'), 'Error: amqp://guest:***@host/'],
])('%o is told in one line', (error, line) => {
  expect(describeError(error)).toBe(line);
});

test('an error of the transport is told by its name', () => {
  expect(describeError(new UnknownServiceError('x'))).toMatch(/^UnknownServiceError: unknown service 'x': /);
});

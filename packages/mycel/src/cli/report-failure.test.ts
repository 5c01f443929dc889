import { expect, test } from 'vitest';
import { ConfigError } from '../config/config-error.ts';
import { UsageError } from '../foundation/errors.ts';
import { BrokerUnavailableError } from '../transport/transport-errors.ts';
import { exitCodeFor } from './exit-codes.ts';
import { describeFailure } from './report-failure.ts';

test('a failure is one message, without stack and without passwords', () => {
  const error = new UsageError('cannot reach amqp://u:hunter2@h');
  expect(describeFailure(error, false)).toBe('mycel: cannot reach amqp://u:***@h\n');
});

test('a cause that the message does not tell is hinted at, and shown when asked for', () => {
  const error = new UsageError('it failed', { cause: new TypeError('the reason') });
  expect(describeFailure(error, false)).toBe('mycel: it failed\n  (run with --verbose to see the cause)\n');
  expect(describeFailure(new UsageError('failed: why', { cause: new Error('why') }), false)).toBe(
    'mycel: failed: why\n',
  );
  const verbose = describeFailure(error, true);
  expect(verbose).toMatch(/^mycel: UsageError: it failed\n +at [^]*\ncaused by TypeError: the reason\n +at /);
});

test('what was thrown and is no error is shown too', () => {
  expect(describeFailure('just text', true)).toBe('mycel: just text\n');
});

test.each([
  [new ConfigError([{ origin: undefined, path: 'a', message: 'wrong' }]), 78],
  [new UsageError('wrong'), 65],
  [new BrokerUnavailableError('away'), 69],
  [new Error('anything'), 1],
  ['text', 1],
])('%s ends the process with %i', (error, code) => {
  expect(exitCodeFor(error)).toBe(code);
});

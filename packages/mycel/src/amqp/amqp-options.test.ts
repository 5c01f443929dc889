import { describe, expect, it } from 'vitest';
import { UsageError } from '../foundation/errors.ts';
import { resolveAmqpOptions, resolveTargets } from './amqp-options.ts';

describe('resolveAmqpOptions', () => {
  it('gives every target the options that its URI does not set', () => {
    const targets = resolveTargets({
      uri: 'amqp://one?heartbeat=5;amqps://two',
      heartbeat: '1.5s',
      connectTimeout: '3s',
      tls: { ca: 'pem' },
    });
    expect(targets).toMatchObject([
      { host: 'one', heartbeatSeconds: 5, connectTimeoutMs: 3000, tls: false },
      { host: 'two', heartbeatSeconds: 2, connectTimeoutMs: 3000, tls: { ca: 'pem' } },
    ]);
  });

  it.each([
    [{ heartbeat: '1d' }, /heartbeatSeconds must be an integer from 0 to 65535, not 86400/],
    [{ connectTimeout: '30d' }, /connectTimeoutMs/],
    [{ uri: 'amqp://broker?frame_max=12' }, /frameMax/],
    [{ uri: ' ; ' }, /amqp\.uri is empty/],
    [{ publishTimeout: 'soon' }, /amqp\.publish_timeout/],
    [{ publishWindow: 0 }, /amqp\.publish_window is 0/],
    [{ topology: 'nameko', rpcQueueType: 'quorum' }, /leave out one of them/],
    [{ publishBufferBytes: 1.5 }, /amqp\.publish_buffer_bytes is 1\.5/],
  ] as const)('refuses %j, which no connection can have', (options, said) => {
    // A text that is no duration is what a program without types may give.
    const resolve = (): unknown => resolveAmqpOptions(options as object);
    expect(resolve).toThrow(UsageError);
    expect(resolve).toThrow(said);
  });
});

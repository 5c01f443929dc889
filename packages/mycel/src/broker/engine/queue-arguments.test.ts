import { describe, expect, it } from 'vitest';
import { faultOf } from '../../../../../tests/support/engine-client.ts';
import type { FieldTable } from '../../protocol/codec/index.ts';
import { notedArguments, readQueueArguments } from './queue-arguments.ts';

function problemWith(args: FieldTable): string {
  const prefix = 'channel: 406 PRECONDITION_FAILED - ';
  return faultOf(() => readQueueArguments('q', '/', args)).replace(prefix, '');
}

describe('readQueueArguments', () => {
  it('reads what a queue is to do', () => {
    const args = {
      'x-message-ttl': 1000n,
      'x-max-length': 5,
      'x-overflow': 'reject-publish',
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'dead',
      'x-max-priority': 10,
      'x-single-active-consumer': true,
    };
    expect(readQueueArguments('q', '/', args)).toEqual({
      type: 'classic',
      messageTtlMs: 1000,
      expiresMs: Number.POSITIVE_INFINITY,
      maxLength: 5,
      maxLengthBytes: Number.POSITIVE_INFINITY,
      overflow: 'reject-publish',
      deadLetterExchange: '',
      deadLetterRoutingKey: 'dead',
      deadLettersAtLeastOnce: false,
      maxPriority: 10,
      isSingleActiveConsumer: true,
      deliveryLimit: Number.POSITIVE_INFINITY,
    });
  });

  it.each([
    ['x-message-ttl', -1, '{value_negative,-1}'],
    ['x-message-ttl', 'a', '"expected integer, got longstr"'],
    ['x-message-ttl', 1.5, '"expected integer, got double"'],
    ['x-message-ttl', 315_360_000_001, '{value_too_large,315360000001}'],
    ['x-expires', 0, '{value_zero,0}'],
    ['x-max-length', -1, '{value_negative,-1}'],
    ['x-overflow', 'foo', 'invalid_overflow'],
    ['x-overflow', true, '{unacceptable_type,bool}'],
    ['x-max-priority', 256, '{max_value_exceeded,256}'],
    ['x-single-active-consumer', 'yes', '{unacceptable_type,longstr}'],
    ['x-queue-type', 'foo', `"unsupported queue type 'foo'"`],
    ['x-queue-type', 'stream', `"unsupported queue type 'stream'"`],
    ['x-queue-mode', 'foo', `"unsupported queue mode 'foo'"`],
    ['x-queue-version', 3, `"unsupported queue version '3'"`],
    ['x-dead-letter-routing-key', 'k', 'routing_key_but_no_dlx_defined'],
    ['x-new', 1, 'the embedded broker does not support it'],
    ['toString', 1, 'the embedded broker does not support it'],
  ])('refuses %s=%j', (name, value, problem) => {
    expect(problemWith({ [name]: value })).toBe(`invalid arg '${name}' for queue 'q' in vhost '/': ${problem}`);
  });

  it('has other words for an exchange that is none, as RabbitMQ has', () => {
    const text = "invalid type 'signedint' for arg 'x-dead-letter-exchange' in queue 'q' in vhost '/'";
    expect(problemWith({ 'x-dead-letter-exchange': 5 })).toBe(text);
  });

  it.each([
    ['classic', 'x-delivery-limit', 3],
    ['classic', 'x-dead-letter-strategy', 'at-most-once'],
    ['quorum', 'x-max-priority', 3],
    ['quorum', 'x-queue-mode', 'lazy'],
  ])('refuses a %s queue with %s', (type, name, value) => {
    expect(problemWith({ 'x-queue-type': type, [name]: value })).toBe(
      `invalid arg '${name}' for queue 'q' in vhost '/' of queue type rabbit_${type}_queue`,
    );
  });

  it.each(['x-dead-letter-exchange', 'x-dead-letter-routing-key'])('refuses %s that no frame can carry', (name) => {
    const args = { 'x-dead-letter-exchange': 'd', [name]: 'ü'.repeat(128) };
    expect(problemWith(args)).toContain(`'${name}' for queue 'q' in vhost '/': "longer than 255 bytes"`);
    expect(problemWith({ ...args, [name]: 'ü'.repeat(127) })).toBe('none');
  });

  it('knows how dead letters are sent, and refuses another way', () => {
    const args = { 'x-queue-type': 'quorum', 'x-dead-letter-exchange': '', 'x-dead-letter-strategy': 'at-least-once' };
    const isSafe = (more: FieldTable): boolean =>
      readQueueArguments('q', '/', { ...args, ...more }).deadLettersAtLeastOnce;
    expect(isSafe({ 'x-overflow': 'reject-publish' })).toBe(true);
    expect(isSafe({})).toBe(false);
    expect(isSafe({ 'x-overflow': 'reject-publish', 'x-dead-letter-strategy': 'at-most-once' })).toBe(false);
    expect(problemWith({ ...args, 'x-dead-letter-strategy': 'often' })).toBe(
      "invalid arg 'x-dead-letter-strategy' for queue 'q' in vhost '/': invalid_dlx_strategy",
    );
  });

  it('knows what it only notes', () => {
    const args = { 'x-queue-type': 'quorum', 'x-max-in-memory-length': 5, 'x-dead-letter-exchange': 'quorum' };
    expect(notedArguments(args)).toEqual(['x-queue-type', 'x-max-in-memory-length']);
    expect(notedArguments({ 'x-queue-type': 'classic', 'x-queue-mode': 'lazy' })).toEqual(['x-queue-mode']);
  });
});

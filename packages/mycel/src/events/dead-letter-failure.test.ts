import { describe, expect, test } from 'vitest';
import { remoteError } from '../core/remote-error.ts';
import { deadLetterError } from './dead-letter-failure.ts';
import { InvalidPayloadError } from './event-errors.ts';

class CardDeclined extends remoteError('payment.CardDeclined') {}
class Unnamed extends Error {}

describe('the error of a dead letter', () => {
  test('has the name of its class, its code and its stack', () => {
    expect(deadLetterError(new TypeError('no function'))).toMatchObject({
      type: 'TypeError',
      message: 'no function',
      code: undefined,
      stack: expect.stringMatching(/^TypeError: no function\n +at /) as string,
    });
    expect(deadLetterError(new CardDeclined('too much'))).toMatchObject({
      type: 'CardDeclined',
      code: 'payment.CardDeclined',
    });
    expect(deadLetterError(new Unnamed('x'))).toMatchObject({ type: 'Unnamed' });
  });

  test('tells what led to it', () => {
    const cause = new RangeError('out of range', { cause: 'a wrong number' });
    const { stack } = deadLetterError(new Error('outer', { cause }));
    expect(stack).toMatch(/^Error: outer[^]*\ncaused by: RangeError: out of range[^]*\ncaused by: a wrong number$/);
  });

  test('does not end in a circle of causes', () => {
    const error = new Error('round');
    error.cause = error;
    expect(deadLetterError(error).stack?.match(/caused by/g)).toHaveLength(5);
  });

  test('has no passwords of URIs', () => {
    const text = JSON.stringify(
      deadLetterError(new Error('no amqp://u:hush@host', { cause: new Error('http://u:hush@h') })),
    );
    expect(text).not.toContain('hush');
    expect(text).toContain('amqp://u:***@host');
  });

  test('lists what is wrong with a payload, and where', () => {
    const problems = [{ path: 'items[0].price', message: 'expected number' }];
    expect(deadLetterError(new InvalidPayloadError('s', 't', problems))).toMatchObject({
      type: 'InvalidPayloadError',
      code: 'MYCEL_INVALID_PAYLOAD',
      problems,
    });
  });

  test('shows no passwords in what is wrong with a payload', () => {
    const problems = [{ path: 'uri', message: 'expected https, got ftp://me:secret@host' }];
    const described = deadLetterError(new InvalidPayloadError('s', 't', problems));
    expect(described.problems).toEqual([{ path: 'uri', message: 'expected https, got ftp://me:***@host' }]);
    expect(JSON.stringify(described)).not.toContain('secret');
  });

  test.each([
    ['text', { type: 'string', message: 'text' }],
    [undefined, { type: 'undefined', message: 'undefined' }],
    [{ a: 1 }, { type: 'object', message: '[object Object]' }],
  ])('may be anything that was thrown: %o', (thrown, described) => {
    expect(deadLetterError(thrown)).toEqual(described);
  });

  test('may object to being read', () => {
    const error = new Error('x');
    Object.defineProperty(error, 'message', {
      get: () => {
        throw new Error('no');
      },
    });
    expect(deadLetterError(error)).toMatchObject({ message: '[object Error]' });
  });
});

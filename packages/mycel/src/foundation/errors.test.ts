import { describe, expect, test } from 'vitest';
import { classNameOf, describeThrown, messageOf, MycelError, stackless, UsageError, withoutTrace } from './errors.ts';

class OrderLostError extends MycelError {
  readonly code = 'MYCEL_ORDER_LOST';
  readonly orderId: number;

  constructor(orderId: number, cause?: unknown) {
    super(`order ${orderId} was lost`, cause === undefined ? {} : { cause });
    this.orderId = orderId;
  }
}

describe('an error of Mycel', () => {
  test('has the name of its class, its code, its message and its cause', () => {
    const cause = new Error('disk full');
    const error = new OrderLostError(7, cause);
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(MycelError);
    expect(error).toMatchObject({
      name: 'OrderLostError',
      code: 'MYCEL_ORDER_LOST',
      message: 'order 7 was lost',
      cause,
    });
    expect(String(error)).toBe('OrderLostError: order 7 was lost');
    expect(error.stack).toContain('errors.test.ts');
  });

  test('has no cause at all if none was given, and keeps one that is falsy', () => {
    expect('cause' in new OrderLostError(7)).toBe(false);
    expect(new UsageError('wrong', { cause: null })).toHaveProperty('cause', null);
  });

  test('carries plain data that can be cloned', () => {
    const fields = Object.fromEntries(Object.entries(new OrderLostError(7)));
    expect(structuredClone(fields)).toMatchObject({ code: 'MYCEL_ORDER_LOST', orderId: 7 });
  });

  test('for a wrong use says so by its code', () => {
    expect(new UsageError('wrong')).toMatchObject({ name: 'UsageError', code: 'MYCEL_USAGE' });
  });
});

function unreadable(): Error {
  return Object.defineProperty(new Error('x'), 'message', {
    get() {
      throw new Error('not to be read');
    },
  });
}

describe('the message of what was thrown', () => {
  test.each([
    [new Error('disk full'), 'disk full'],
    [new TypeError(), 'TypeError'],
    ['a text', 'a text'],
    [undefined, 'undefined'],
    [null, 'null'],
    [7, '7'],
    [Symbol('s'), 'Symbol(s)'],
    [{ toString: () => 'its own' }, 'its own'],
    [Object.create(null), '[object Object]'],
    [
      {
        toString: () => {
          throw new Error('no text');
        },
      },
      '[object Object]',
    ],
    [new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')]), '::1 refused; 127.0.0.1 refused'],
    [new AggregateError([new Error('a')], 'all failed'), 'all failed'],
    [new AggregateError([]), 'AggregateError'],
    [unreadable(), '[object Error]'],
    [Object.assign(new Error('x'), { message: 7 }), '7'],
  ])('is read, and never throws: case %#', (thrown: unknown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });
});

class CardExpired extends Error {}

describe('what was thrown', () => {
  test.each([
    [new Error('disk full'), 'disk full'],
    [new RangeError('too many'), 'RangeError: too many'],
    [new CardExpired('of order o3'), 'CardExpired: of order o3'],
    [new UsageError('wrong'), 'UsageError: wrong'],
    [new TypeError(), 'TypeError'],
    ['a text', 'a text'],
  ])('is told with its class where that says more than Error: %o', (thrown, text) => {
    expect(describeThrown(thrown)).toBe(text);
  });

  test('is told as well as it can be read', () => {
    expect(describeThrown(unreadable())).toBe('[object Error]');
  });

  test('has the name that it gives itself, or else that of its class', () => {
    expect(classNameOf(new CardExpired())).toBe('CardExpired');
    expect(classNameOf(Object.assign(new CardExpired(), { name: 'Expired' }))).toBe('Expired');
  });

  test('may be had without its stack', () => {
    const error = new Error('x');
    expect(stackless(error)).toBe(error);
    expect(error.stack).toBeUndefined();
  });

  test('may be made without a look at where', () => {
    const { stackTraceLimit } = Error;
    const error = withoutTrace(() => new OrderLostError(7));
    expect(error).toMatchObject({ name: 'OrderLostError', message: 'order 7 was lost' });
    expect(error.stack).not.toMatch(/\n\s*at /);
    const fail = (): never => {
      throw new UsageError('no');
    };
    expect(() => withoutTrace(fail)).toThrow(UsageError);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });
});

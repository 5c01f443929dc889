import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  errorClassOf,
  isDeclaredError,
  isErrorClass,
  noteErrorClass,
  RemoteError,
  remoteError,
  reviveDeclared,
} from './remote-error.ts';

class Declined extends remoteError('remote_error_test.Declined', z.object({ limit: z.int() })) {
  get limit(): number {
    return this.data.limit;
  }
}
class Bare extends remoteError('remote_error_test.Bare') {}

describe('an error of remoteError()', () => {
  test('has its code, its data and the name of its class', () => {
    const error = new Declined('no', { limit: 5 });
    expect(error).toMatchObject({ code: 'remote_error_test.Declined', name: 'Declined', message: 'no', limit: 5 });
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toBeInstanceOf(Error);
    expect(new Bare('x').data).toBeUndefined();
    expect('origin' in error).toBe(false);
  });

  test('keeps its cause', () => {
    const cause = new Error('why');
    expect(new Declined('no', { limit: 5 }, { cause }).cause).toBe(cause);
    expect(new Bare('no', undefined, { cause }).cause).toBe(cause);
  });

  test('is recognised by its code: revived, from a second copy, or by another class of the same code', () => {
    class Again extends remoteError('remote_error_test.Declined', z.object({ limit: z.int() })) {}
    expect(new Again('x', { limit: 1 })).toBeInstanceOf(Declined);
    expect({ code: 'remote_error_test.Declined' }).toBeInstanceOf(Declined);
    expect(new Bare('x')).not.toBeInstanceOf(Declined);
    expect(new RemoteError('x', undefined)).not.toBeInstanceOf(Declined);
    expect(null as unknown).not.toBeInstanceOf(Declined);
  });

  test('is told from other errors, and its class from other classes', () => {
    expect(isDeclaredError(new Declined('x', { limit: 1 }))).toBe(true);
    expect(isDeclaredError(new RemoteError('x', undefined))).toBe(false);
    expect(isDeclaredError({ code: 'remote_error_test.Declined' })).toBe(false);
    expect(isErrorClass(Declined)).toBe(true);
    expect(isErrorClass(RemoteError)).toBe(false);
    expect(isErrorClass(undefined)).toBe(false);
  });

  test('is revived with the class of the user, once it is known', () => {
    class Noted extends remoteError('remote_error_test.Noted') {}
    expect(errorClassOf('remote_error_test.Noted')).not.toBe(Noted);
    noteErrorClass(Noted);
    expect(errorClassOf('remote_error_test.Noted')).toBe(Noted);
    class Thrown extends remoteError('remote_error_test.Thrown') {}
    void new Thrown('x');
    expect(errorClassOf('remote_error_test.Thrown')).toBe(Thrown);
    expect(errorClassOf('toString')).toBeUndefined();
  });

  test('bears the name in its code as long as the class of the user is not known', () => {
    class Unseen extends remoteError('builtins.KeyError') {}
    const revived = reviveDeclared(errorClassOf(Unseen.code) ?? Unseen, "'k'", undefined, {
      type: 'KeyError',
      path: 'builtins.KeyError',
      args: ['k'],
      value: "'k'",
    });
    expect(revived).toBeInstanceOf(Unseen);
    expect(revived.name).toBe('KeyError');
  });
});

test.each(['', ' ', 'a b', '.a', 'a..b', 'a.', 'MYCEL_X'])('remoteError(%j) is refused', (code) => {
  expect(() => remoteError(code)).toThrow('a code is words with dots between them');
});

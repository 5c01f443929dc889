import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { RemoteError, remoteError, type RemoteErrorClass } from '../core/remote-error.ts';
import { CallTimeoutError, UnknownServiceError } from '../transport/transport-errors.ts';
import {
  calleeCrashed,
  IncorrectSignatureError,
  InvalidArgumentsError,
  invalidArguments,
  invalidResult,
  InvalidResultError,
  MalformedRequestError,
  MethodNotFoundError,
  UnserialisableResultError,
} from './rpc-errors.ts';
import { answerToWire, hiddenToWire, methodNotFoundToWire, reviveError, thrownToWire } from './wire-errors.ts';

class CardDeclined extends remoteError('wire_test.CardDeclined', z.object({ code: z.string() })) {
  get isStolen(): boolean {
    return this.data.code === 'stolen';
  }
}

const declaredBy = (...classes: RemoteErrorClass[]) => new Map(classes.map((each) => [each.code, each]));
const revive = (wire: Parameters<typeof reviveError>[0], ...declared: RemoteErrorClass[]) =>
  reviveError(wire, 'payments.charge', declaredBy(...declared));

describe('what a method throws', () => {
  test('travels by its code if it is a declared error, with its data', () => {
    expect(thrownToWire(new CardDeclined('no', { code: 'stolen' }))).toEqual({
      type: 'CardDeclined',
      path: 'wire_test.CardDeclined',
      args: ['no'],
      value: 'no',
      mycel: { code: 'wire_test.CardDeclined', data: { code: 'stolen' } },
    });
  });

  test('travels by name and message otherwise, without its stack', () => {
    expect(thrownToWire(new TypeError('boom'))).toEqual({
      type: 'TypeError',
      path: 'javascript.TypeError',
      args: ['boom'],
      value: 'boom',
      mycel: undefined,
    });
    expect(thrownToWire('text')).toMatchObject({ type: 'Error', value: 'text' });
    expect(thrownToWire(undefined)).toMatchObject({ type: 'Error', value: 'undefined' });
  });

  test('travels even if it objects to being read', () => {
    const hostile = Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('no');
      },
    });
    expect(thrownToWire(hostile)).toMatchObject({ type: 'Error', value: '[object Error]' });
    expect(thrownToWire(Object.create(null))).toMatchObject({ type: 'Error' });
  });

  test('is relayed as Nameko does, if another service threw it', () => {
    const origin = { type: 'ValueError', path: 'builtins.ValueError', args: ['x'], value: 'x' };
    const passing = new RemoteError('a.b failed: ValueError: x', undefined, { origin });
    expect(thrownToWire(passing)).toMatchObject({
      type: 'RemoteError',
      path: 'nameko.exceptions.RemoteError',
      args: ['ValueError x'],
    });
  });

  test('keeps the arguments that a Python class is constructed with, if it is declared and came from another service', () => {
    const wire = { type: 'CardDeclined', path: 'wire_test.CardDeclined', args: ['no', '7'], value: "('no', 7)" };
    expect(thrownToWire(revive(wire, CardDeclined))).toMatchObject(wire);
  });

  test('does not pass for this service lacking a method, if another one lacked it', () => {
    const other = revive(methodNotFoundToWire('nope', []));
    expect(other).toBeInstanceOf(MethodNotFoundError);
    expect(thrownToWire(other)).toMatchObject({ type: 'RemoteError', value: 'MethodNotFound nope' });
  });

  test('says that a third service is unknown as Nameko does', () => {
    expect(thrownToWire(new UnknownServiceError('nosuch'))).toEqual({
      type: 'UnknownService',
      path: 'nameko.exceptions.UnknownService',
      args: ['nosuch'],
      value: 'Unknown service `nosuch`',
      mycel: { code: 'MYCEL_UNKNOWN_SERVICE' },
    });
  });

  test("keeps the code of Mycel's own errors", () => {
    const error = new CallTimeoutError('a', 'b', 5, { waitedMs: 5, wasSent: true });
    expect(thrownToWire(error)).toMatchObject({
      path: 'javascript.CallTimeoutError',
      mycel: { code: 'MYCEL_CALL_TIMEOUT' },
    });
  });
});

describe('what a method throws, for callers that are not told its message', () => {
  test('travels by name and code, and says where the message is', () => {
    const value = 'the service keeps the message to itself; its log has it under the call id a.b.1';
    expect(hiddenToWire(new TypeError('boom'), 'a.b.1')).toEqual({
      type: 'TypeError',
      path: 'javascript.TypeError',
      args: [value],
      value,
      mycel: undefined,
    });
    const own = new CallTimeoutError('a', 'b', 5, { waitedMs: 5, wasSent: true });
    expect(hiddenToWire(own, 'a.b.1')).toMatchObject({ value, mycel: { code: 'MYCEL_CALL_TIMEOUT' } });
    expect(hiddenToWire('text', undefined).value).toBe('the service keeps the message to itself; its log has it');
  });

  test('keeps the class of the error that another service threw, and nothing else of it', () => {
    const origin = { type: 'ValueError', path: 'builtins.ValueError', args: ['x'], value: 'secret' };
    const wire = hiddenToWire(new RemoteError('a.b failed: ValueError: secret', undefined, { origin }), 'c.d.2');
    expect(wire.value).toBe(
      'ValueError: the service keeps the message to itself; its log has it under the call id c.d.2',
    );
    expect(JSON.stringify(wire)).not.toContain('secret');
  });
});

describe("the server's own answers", () => {
  test.each([
    [new IncorrectSignatureError('text', undefined), 'nameko.exceptions.IncorrectSignature'],
    [new MalformedRequestError('text', undefined), 'nameko.exceptions.MalformedRequest'],
    [new UnserialisableResultError('text', undefined), 'nameko.exceptions.UnserializableValueError'],
    [invalidArguments('a.b', [{ path: 'x', message: 'wrong' }]), 'mycel.InvalidArguments'],
    [invalidResult('a.b', [{ path: '', message: 'wrong' }]), 'mycel.InvalidResult'],
    [calleeCrashed('a.b', 3), 'mycel.CalleeCrashed'],
  ])('travel by a path and come back as they were: %o', (error, path) => {
    const wire = answerToWire(error);
    expect(wire).toMatchObject({ path, type: path.split('.').at(-1), args: [error.message], value: error.message });
    const revived = revive(wire);
    expect(revived).toBeInstanceOf(error.constructor);
    expect(revived).toMatchObject({ code: error.code, data: error.data, origin: { path } });
    expect(revived.message).toContain(error.message);
  });

  test('name near methods to Mycel, and the bare method to Python', () => {
    const wire = methodNotFoundToWire('chrage', ['charge']);
    expect(wire).toMatchObject({ path: 'nameko.exceptions.MethodNotFound', args: ['chrage'], value: 'chrage' });
    expect(revive(wire).message).toBe("payments has no rpc 'chrage' (did you mean 'charge'?)");
    expect(revive({ ...wire, mycel: undefined })).toMatchObject({
      message: "payments has no rpc 'chrage'",
      data: { nearest: [] },
    });
  });
});

describe('an answer that is an error', () => {
  const fromPython = { type: 'ValueError', path: 'builtins.ValueError', args: ['x', '7'], value: "('x', 7)" };

  test('is a RemoteError with its origin, if nobody declared it', () => {
    const error = revive(fromPython);
    expect(error.constructor).toBe(RemoteError);
    expect(error).toMatchObject({
      code: 'MYCEL_REMOTE',
      message: "payments.charge failed: ValueError: ('x', 7)",
      origin: fromPython,
    });
  });

  test('ends with the name of its class, if it has no text', () => {
    expect(revive({ ...fromPython, value: '' }).message).toBe('payments.charge failed: ValueError');
  });

  test('is of the declared class, methods and all', () => {
    const error = revive(thrownToWire(new CardDeclined('no', { code: 'stolen' })), CardDeclined);
    expect(error).toBeInstanceOf(CardDeclined);
    expect(error).toBeInstanceOf(RemoteError);
    expect((error as CardDeclined).isStolen).toBe(true);
    expect(error.message).toBe('no');
  });

  test('is of a class the process has loaded, if the client knows only the name of the service', () => {
    class Loaded extends remoteError('wire_test.Loaded') {}
    expect(reviveError(thrownToWire(new Loaded('x')), 'a.b', undefined)).toBeInstanceOf(Loaded);
  });

  test('of a Python class whose path is the code is of the declared class', () => {
    const wire = { type: 'CardDeclined', path: 'wire_test.CardDeclined', args: ['no'], value: 'no' };
    expect(revive(wire, CardDeclined)).toBeInstanceOf(CardDeclined);
  });

  test('is a plain RemoteError if the class cannot be constructed', () => {
    class Demanding extends remoteError('wire_test.Demanding', z.object({ id: z.string() })) {
      constructor(message: string, data: { id: string }) {
        super(message, data);
        data.id.toUpperCase();
      }
    }
    const wire = { type: 'Demanding', path: 'wire_test.Demanding', args: [], value: 'v' };
    expect(revive(wire, Demanding).constructor).toBe(RemoteError);
  });

  test.each([5, 'text', null, { nearest: 5, problems: 'none' }, { nearest: [1], problems: [{ path: 1 }] }])(
    'has data of the right shape even if %j was sent',
    (data) => {
      const answer = (path: string) => revive({ type: 'A', path, args: [], value: 'v', mycel: { code: 'x', data } });
      expect(answer('nameko.exceptions.MethodNotFound').data).toEqual({ nearest: [] });
      expect(answer('mycel.InvalidArguments').data).toEqual({ problems: [] });
      expect(answer('mycel.CalleeCrashed').data).toEqual({ returns: 1 });
    },
  );

  test('from a foreign peer has data of the right shape where the class promises some', () => {
    const wire = { type: 'InvalidArguments', path: 'mycel.InvalidArguments', args: [], value: 'v' };
    expect(revive(wire)).toMatchObject({ data: { problems: [] } });
    expect(InvalidArgumentsError.code).not.toBe(InvalidResultError.code);
  });
});

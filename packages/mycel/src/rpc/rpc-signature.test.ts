import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AnyMethod } from '../core/declaration.ts';
import type { RpcParams } from '../core/rpc-definition.ts';
import { IncorrectSignatureError } from './rpc-errors.ts';
import { RpcSignature } from './rpc-signature.ts';

interface Given {
  readonly args?: readonly unknown[];
  readonly kwargs?: Record<string, unknown>;
  readonly fromMycel?: boolean;
}

function binder(method: AnyMethod, params?: RpcParams, paramNames?: readonly string[]) {
  const signature = new RpcSignature({ name: 'add', method, params, paramNames });
  return ({ args = [], kwargs = {}, fromMycel = false }: Given) => signature.bind({ args, kwargs, fromMycel });
}

const add = (x: number, y: number): number => x + y;
const withDefault = (x: number, y = 1): number => x + y;

describe('positional arguments', () => {
  test('are passed on as they are', () => {
    expect(binder(add)({ args: [1, 2] })).toEqual([1, 2]);
    expect(binder(withDefault)({ args: [1] })).toEqual([1]);
    expect(binder((...all: number[]) => all)({ args: [1, 2, 3] })).toEqual([1, 2, 3]);
  });

  test('that are too many are refused, with what the method takes', () => {
    expect(() => binder(withDefault)({ args: [1, 2, 3] })).toThrow(
      new IncorrectSignatureError('add() takes 2 arguments but 3 were given; it takes (x, y = ...)', undefined),
    );
    expect(() => binder(() => 1)({ args: [1] })).toThrow('add() takes 0 arguments but 1 was given');
    expect(() => binder(add)({ args: [1, 2, 3], fromMycel: true })).toThrow(IncorrectSignatureError);
  });

  test('that are too few are refused, by the name of the first that is missing', () => {
    expect(() => binder(add)({ args: [1] })).toThrow(
      "add() missing 1 required positional argument: 'y'; it takes (x, y) (if it may be left out, give the parameter a default value)",
    );
  });

  test('may be too few from a caller whose compiler has checked them', () => {
    expect(binder(add)({ args: [1], fromMycel: true })).toEqual([1]);
  });

  test('are left to the schemas where there are some, but for their greatest number', () => {
    const bind = binder(add, [z.number(), z.number().optional()]);
    expect(bind({ args: [1] })).toEqual([1]);
    expect(() => bind({ args: [1, 2, 3] })).toThrow('takes 2 arguments but 3 were given');
    expect(() => binder(add, z.object({}))({ args: [1, 2] })).toThrow('takes 1 argument but 2 were given');
  });

  test('of a method without readable source are not too many for it', () => {
    expect(binder(Math.max)({ args: [1, 2, 3] })).toEqual([1, 2, 3]);
  });
});

describe('named arguments', () => {
  test('are put in the order of the parameters', () => {
    expect(binder(add)({ kwargs: { y: 2, x: 1 } })).toEqual([1, 2]);
    expect(binder(add)({ args: [1], kwargs: { y: 2 } })).toEqual([1, 2]);
  });

  test('may leave out parameters that have a default, in the middle too', () => {
    const method = (x: number, y = 1, z = 2): number => x + y + z;
    expect(binder(method)({ kwargs: { x: 1, z: 3 } })).toEqual([1, undefined, 3]);
  });

  test('find a parameter that esbuild renamed because it shadows a name of its module', () => {
    const renamed = (order2: number, total: number): number => order2 + total;
    expect(binder(renamed)({ kwargs: { order: 1, total: 2 } })).toEqual([1, 2]);
    expect(binder((order2: number) => order2)({ kwargs: { order: 1 } })).toEqual([1]);
    const both = (x: number, x2: number): number => x + x2;
    expect(binder(both)({ kwargs: { x2: 2, x: 1 } })).toEqual([1, 2]);
    expect(() => binder(renamed)({ kwargs: { orde: 1, total: 2 } })).toThrow("unexpected keyword argument 'orde'");
  });

  test.each<[string, Given]>([
    ["got an unexpected keyword argument 'z'; it takes (x, y)", { kwargs: { x: 1, z: 2 } }],
    ["got multiple values for argument 'x'", { args: [1], kwargs: { x: 1 } }],
    ["missing 1 required positional argument: 'y'", { kwargs: { x: 1 } }],
    ['takes 2 arguments but 3 were given', { args: [1, 2, 3], kwargs: { y: 1 } }],
    ["got an unexpected keyword argument 'toString'", { kwargs: { x: 1, toString: 2 } }],
  ])('are refused: %s', (message, given) => {
    expect(() => binder(add)(given)).toThrow(message);
  });

  test('that are missing are left to the schemas where there are some', () => {
    expect(binder(add, [z.number(), z.number().optional()])({ kwargs: { x: 1 } })).toEqual([1]);
  });

  test('are one object if one schema says so, whatever the parameter is called', () => {
    expect(binder((order: object) => order, z.object({}))({ kwargs: { order: 1 } })).toEqual([{ order: 1 }]);
    expect(binder((order: object) => order, z.object({}))({})).toEqual([{}]);
    expect(() => binder((order: object) => order, z.object({}))({ args: [1], kwargs: { a: 1 } })).toThrow(
      'takes its argument either by position or by name, not both',
    );
  });

  test('are one object for a single parameter that is destructured or of another name', () => {
    expect(binder(({ a }: { a: number }) => a)({ kwargs: { a: 1, b: 2 } })).toEqual([{ a: 1, b: 2 }]);
    expect(binder((order: object) => order)({ kwargs: { id: 1 } })).toEqual([{ id: 1 }]);
    expect(binder((order: object) => order)({ kwargs: { order: { id: 1 } } })).toEqual([{ id: 1 }]);
    expect(() => binder((order: object) => order)({ kwargs: { order: 1, id: 1 } })).toThrow('unexpected');
  });

  test('can be declared where the source text does not have them', () => {
    const wrapped = (...args: number[]): number[] => args;
    expect(() => binder(wrapped)({ kwargs: { x: 1 } })).toThrow("unexpected keyword argument 'x'; it takes (...args)");
    expect(binder(wrapped, undefined, ['x', 'y'])({ kwargs: { y: 2, x: 1 } })).toEqual([1, 2]);
  });
});

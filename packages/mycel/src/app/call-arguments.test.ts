import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeRpc } from '../rpc/rpc-description.ts';
import { readParameters } from '../rpc/parameter-names.ts';
import type { RpcDefinition } from '../core/rpc-definition.ts';
import type { AnyMethod } from '../core/declaration.ts';
import { checkArguments, readArguments } from './call-arguments.ts';
import { type KnownEntry, knownServices } from './known-service.ts';

/** An rpc as it arrives in a manifest. */
function known(method: AnyMethod, definition: RpcDefinition = {}): KnownEntry {
  const entry = { kind: 'rpc', method: 'm', parameters: '(...)', ...describeRpc(definition, readParameters(method)) };
  const [service] = knownServices([JSON.parse(JSON.stringify({ service: 's', entrypoints: [entry] }))]);
  return service!.entrypoints[0]!;
}

const report = known((a: number, b: number) => [a, b]);
const place = known((order: object) => order);

describe('a single object', () => {
  test('is keyword arguments if each of its keys names a parameter', () => {
    expect(readArguments(report, [{ a: 4, b: 6 }])).toEqual({ args: [], kwargs: { a: 4, b: 6 } });
    expect(readArguments(report, [{ b: 6 }])).toEqual({ args: [], kwargs: { b: 6 } });
    expect(readArguments(place, [{ order: { id: 1 } }])).toEqual({ args: [], kwargs: { order: { id: 1 } } });
  });

  test('is an argument if any key is none, or there is no key', () => {
    expect(readArguments(place, [{ id: 1 }])).toEqual({ args: [{ id: 1 }], kwargs: {} });
    expect(readArguments(report, [{ a: 1, c: 2 }])).toEqual({ args: [{ a: 1, c: 2 }], kwargs: {} });
    expect(readArguments(report, [{}])).toEqual({ args: [{}], kwargs: {} });
  });

  test('is keyword arguments of a method that takes one object', () => {
    const pay = known((order: object) => order, { params: z.object({ id: z.int() }) });
    expect(readArguments(pay, [{ id: 1 }])).toEqual({ args: [], kwargs: { id: 1 } });
    expect(readArguments(pay, [{}])).toEqual({ args: [], kwargs: {} });
  });

  test('is keyword arguments where nothing is known, if its keys could be names', () => {
    expect(readArguments(undefined, [{ user_id: 1 }])).toEqual({ args: [], kwargs: { user_id: 1 } });
    expect(readArguments(undefined, [{ 'a b': 1 }])).toEqual({ args: [{ 'a b': 1 }], kwargs: {} });
  });

  test('is found by the name that esbuild changed', () => {
    expect(
      readArguments(
        known((order2: object) => order2),
        [{ order: 1 }],
      ).kwargs,
    ).toEqual({ order: 1 });
  });
});

test('other arguments are positional', () => {
  expect(readArguments(report, [4, 6])).toEqual({ args: [4, 6], kwargs: {} });
  expect(readArguments(report, [{ a: 1 }, { b: 1 }]).args).toHaveLength(2);
  expect(readArguments(undefined, [[1], new Date(0)]).args).toHaveLength(2);
  expect(readArguments(undefined, [new Date(0)]).args).toHaveLength(1);
});

describe('checking', () => {
  const check =
    (rpc: KnownEntry, args: readonly unknown[], kwargs: Record<string, unknown> = {}) =>
    () =>
      checkArguments('s.m', rpc, { args, kwargs });

  test('lets through what fits', () => {
    const rest = known((a: number, ...more: number[]) => [a, more]);
    for (const ok of [
      check(report, [1, 2]),
      check(report, [1], { b: 2 }),
      check(place, [], { id: 1 }),
      check(rest, [1, 2, 3]),
      check(
        known((a = 1) => a),
        [],
      ),
    ])
      expect(ok).not.toThrow();
  });

  test('refuses a wrong number, and names that are not there or given twice', () => {
    expect(check(report, [1, 2, 3])).toThrow('s.m takes 2 arguments, not 3');
    expect(check(report, [1])).toThrow("s.m needs an argument 'b'");
    expect(check(report, [], { a: 1, c: 2 })).toThrow("s.m has no parameter 'c'");
    expect(check(report, [1], { a: 1 })).toThrow("got 'a' by position and by name");
  });

  test('refuses values that do not fit a schema, naming where', () => {
    const pay = known((id: number, card: object) => [id, card], { params: [z.int(), z.object({ no: z.string() })] });
    expect(check(pay, [1, { no: 'x' }])).not.toThrow();
    expect(check(pay, ['1', { no: 2 }])).toThrow(/^s\.m: id: .*number.*; card\.no: .*string/);
    const sell = known((item: object) => item, { params: z.object({ price: z.number().min(1) }) });
    expect(check(sell, [], { price: 0 })).toThrow(/price: /);
    expect(check(sell, [], {})).toThrow(/price: /);
  });

  test('leaves to the callee what JSON Schema cannot say', () => {
    const at = known((when: Date) => when, { params: [z.date()] });
    expect(check(at, ['no date'])).not.toThrow();
  });
});

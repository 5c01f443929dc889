import { describe, expect, it, vi } from 'vitest';
import { messageWith } from '../../../../../../tests/support/broker-message.ts';
import { type FieldTable, typed } from '../../../protocol/codec/index.ts';
import type { Message } from '../message.ts';
import { HeadersIndex } from './headers-index.ts';

type Case = readonly [asked: FieldTable, headers: FieldTable, isMatch: boolean];

const index = (...asked: readonly FieldTable[]) => {
  const bindings = asked.map((args) => ({ routingKey: 'k', arguments: args }));
  const made = new HeadersIndex<(typeof bindings)[number]>();
  for (const binding of bindings) made.add(binding);
  const match = (message: Pick<Message, 'properties'>): number[] => {
    const matches = new Set<(typeof bindings)[number]>();
    made.match(['other'], message, matches);
    return bindings.flatMap((binding, at) => (matches.has(binding) ? [at] : []));
  };
  const found = (headers?: FieldTable): number[] => match(messageWith(headers === undefined ? {} : { headers }));
  return { match, found, remove: (at: number) => made.remove(bindings[at]!) };
};

/** Each was tried at RabbitMQ 3.10.8. */
const cases: readonly Case[] = [
  [{}, {}, true],
  [{}, { a: 1 }, true],
  [{ 'x-match': 'any' }, { a: 1 }, false],
  [{ a: 1, b: 2 }, { b: 2, a: 1, c: 3 }, true],
  [{ a: 1, b: 2 }, { b: 2 }, false],
  [{ a: 1, b: 2 }, { a: 1, b: 3 }, false],
  [{ 'x-match': 'any', a: 1, b: 2 }, { b: 2 }, true],
  [{ 'x-match': 'any', a: 1, b: 2 }, { b: 3 }, false],
  [{ a: null }, { a: 'anything' }, true],
  [{ a: null }, {}, false],
  [{ a: null }, { a: null }, true],
  [{ a: 1 }, { a: null }, false],
  [{ 'x-match': 'any', a: null, b: 2 }, { a: 'zz' }, true],
  [{ 'x-a': 1 }, { 'x-a': 2 }, true],
  [{ 'x-match': 'any', 'x-a': 1 }, { 'x-a': 1 }, false],
  [{ 'x-match': 'any-with-x', 'x-a': 1 }, { 'x-a': 1 }, true],
  [{ 'x-match': 'all-with-x', 'x-a': 1 }, { 'x-a': 2 }, false],
  [{ 'x-match': 'all-with-x', 'x-a': 1, a: 1 }, { a: 1 }, false],
  [{ 'x-match': 'all-with-x', 'x-a': 1, a: 1 }, { a: 1, 'x-a': 1 }, true],
  [{ 'x-match': 'all-with-x' }, { a: 1 }, true],
  [{ X: 1, 'X-a': 3 }, { X: 1 }, false],
  [{ a: typed('I', 1) }, { a: typed('l', 1) }, true],
  [{ a: typed('I', 1) }, { a: typed('d', 1) }, true],
  [{ a: typed('I', 5) }, { a: typed('T', 5) }, true],
  [{ a: 'x' }, { a: Buffer.from('x') }, true],
  [{ a: 1 }, { a: '1' }, false],
  [{ a: 1 }, { a: true }, false],
  [{ a: 'true' }, { a: true }, false],
  [{ a: [1, 'x'] }, { a: [1, 'x'] }, true],
  [{ a: { b: 1, c: 2 } }, { a: { b: 1, c: 2 } }, true],
  [{ a: { b: 1, c: 2 } }, { a: { c: 2, b: 1 } }, false],
  [{ '': 1 }, { '': 1 }, true],
  [{ constructor: null }, {}, false],
  [{ a: 1, constructor: null }, { a: 1 }, false],
];

describe('HeadersIndex', () => {
  it.each(cases)('asked for %j, takes %j: %j', (asked, headers, isMatch) => {
    expect(index(asked).found(headers)).toEqual(isMatch ? [0] : []);
  });

  it('takes a message without headers for one that has none', () => {
    expect(index({}, { a: null }, { 'x-match': 'any', a: 1 }).found()).toEqual([0]);
  });

  it('finds each of many bindings by its own headers', () => {
    const { found } = index({ a: 1, b: 2 }, { 'x-match': 'any', a: 1, b: 2 }, { b: 2 }, { b: null, c: 3 });
    expect(found({ a: 1 })).toEqual([1]);
    expect(found({ b: 2 })).toEqual([1, 2]);
    expect(found({ a: 1, b: 2, c: 3 })).toEqual([0, 1, 2, 3]);
  });

  it('looks at few bindings, when many ask for one value and each for another besides', () => {
    const bindings = Array.from({ length: 1000 }, (_, id) => ({ routingKey: '', arguments: { kind: 'order', id } }));
    const made = new HeadersIndex<(typeof bindings)[number]>();
    for (const binding of bindings) made.add(binding);
    let looked = 0;
    const headers = {
      id: 7,
      get kind() {
        looked += 1;
        return 'order';
      },
    };
    const matches = new Set<(typeof bindings)[number]>();
    made.match([], { properties: { headers } }, matches);
    expect([...matches]).toEqual([bindings[7]]);
    expect(looked).toBeLessThan(5);
  });

  it('keeps those that ask for a value apart from those that ask for any', () => {
    const [first, second] = [index({ a: 1 }, { a: null }), index({ a: 1 }, { a: null })];
    first.remove(0);
    expect(first.found({ a: 1 })).toEqual([1]);
    second.remove(1);
    expect(second.found({ a: 1 })).toEqual([0]);
  });

  it('finds a binding no more once it is removed, and the others still', () => {
    const { found, remove } = index({ a: 1 }, { a: 1 }, { 'x-match': 'any', a: 1, b: null }, {});
    const headers = { a: 1, b: 2 };
    expect(found(headers)).toEqual([0, 1, 2, 3]);
    remove(0);
    expect(found(headers)).toEqual([1, 2, 3]);
    remove(2);
    remove(3);
    expect(found(headers)).toEqual([1]);
    remove(1);
    remove(1);
    expect(found(headers)).toEqual([]);
  });

  it('identifies a value once, however many bindings ask for it', () => {
    const { match } = index(...Array.from({ length: 50 }, (_, at) => ({ lead: 1, large: at })));
    const getTime = vi.fn<() => number>(() => 3000);
    const headers = { lead: 1, large: Object.assign(new Date(), { getTime }) };
    expect(match({ properties: { headers } })).toEqual([3]);
    expect(getTime).toHaveBeenCalledOnce();
  });
});

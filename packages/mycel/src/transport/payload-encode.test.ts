import { describe, expect, test } from 'vitest';
import { encodePayload } from './payload.ts';
import { UnserialisableError } from './transport-errors.ts';

function failureOf(value: unknown): string {
  try {
    encodePayload(value, 'result');
  } catch (error) {
    expect(error).toBeInstanceOf(UnserialisableError);
    return `${(error as UnserialisableError).path}: ${(error as Error).message}`;
  }
  throw new Error('it was encoded');
}

describe('plain data', () => {
  test('is written as JSON.stringify writes it, without a header', () => {
    const value = { args: [{ id: 7, name: 'Ada', tags: ['a'], gone: undefined, none: null }], kwargs: {} };
    expect(encodePayload(value, 'args')).toEqual({ body: JSON.stringify(value), rich: undefined });
  });

  test('may be an instance of a class, which travels as its fields', () => {
    class Point {
      x = 1;
      #secret = 2;
      get sum() {
        return this.x + this.#secret;
      }
    }
    expect(encodePayload({ at: new Point() }, 'p')).toEqual({ body: '{"at":{"x":1}}', rich: undefined });
  });

  test('includes what toJSON makes of an object, told the key as JSON.stringify tells it', () => {
    const money = { toJSON: (key: string) => `12.50 EUR at ${key}` };
    const value = { price: money, list: [money], dropped: { toJSON: () => undefined } };
    expect(encodePayload(value, 'p').body).toBe('{"price":"12.50 EUR at price","list":["12.50 EUR at 0"]}');
  });

  test('includes boxed primitives and lone surrogates', () => {
    expect(encodePayload([Object(1), Object('s'), '\uD800'], 'p').body).toBe(String.raw`[1,"s","\ud800"]`);
  });

  test('at the top may be undefined, which becomes null', () => {
    expect(encodePayload(undefined, 'result')).toEqual({ body: 'null', rich: undefined });
  });

  test('shared by two places is written twice', () => {
    const shared = { when: new Date(0) };
    expect(encodePayload([shared, shared], 'p').rich).toBe('[["date",null,"when"]]');
  });
});

describe('rich values', () => {
  test('are readable by anyone, and named in the header with children before parents', () => {
    const value = {
      when: new Date('2026-01-02T03:04:05.678Z'),
      count: 9_007_199_254_740_993n,
      bytes: Buffer.from('hello'),
      map: new Map([['a', new Set([new Date(0)])]]),
    };
    const { body, rich } = encodePayload(value, 'p');
    expect(JSON.parse(body)).toEqual({
      when: '2026-01-02T03:04:05.678Z',
      count: '9007199254740993',
      bytes: 'aGVsbG8=',
      map: [['a', ['1970-01-01T00:00:00.000Z']]],
    });
    expect(JSON.parse(rich ?? '')).toEqual([
      ['date', 'map', null, 1, null],
      ['set', 'map', null, 1],
      ['date', 'when'],
      ['bigint', 'count'],
      ['bytes', 'bytes'],
      ['map', 'map'],
    ]);
  });

  test('of any view are the bytes seen through it', () => {
    const { buffer } = Uint8Array.of(0, 1, 2, 3);
    const views = [buffer, new Uint8Array(buffer, 1, 2), new Uint16Array(buffer, 2, 1), new DataView(buffer, 3)];
    expect(JSON.parse(encodePayload(views, 'p').body)).toEqual(['AAECAw==', 'AQI=', 'AgM=', 'Aw==']);
  });

  test('that lie alike in many rows share one mark', () => {
    const rows = Array.from({ length: 5000 }, (_, id) => ({
      id,
      when: new Date(id),
      maybe: id % 3 === 0 ? null : 5n,
      tags: Array.from({ length: id % 4 }, () => new Date(id)),
    }));
    expect(JSON.parse(encodePayload({ rows }, 'p').rich ?? '')).toEqual([
      ['date', 'rows', null, 'tags', null],
      ['date', 'rows', null, 'when'],
      ['bigint', 'rows', null, 'maybe'],
    ]);
  });

  test('that lie alike in the entries of a large dictionary share one mark', () => {
    const byId = Object.fromEntries(Array.from({ length: 5000 }, (_, id) => [`user-${id}`, { since: new Date(id) }]));
    expect(encodePayload({ byId }, 'p').rich).toBe('[["date","byId",null,"since"]]');
  });

  test('share no mark with a string that looks like one of them', () => {
    const rows = [{ at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }, { at: new Date(0) }];
    expect(encodePayload(rows, 'p').rich).toBe('[["date",0,"at"],["date",2,"at"]]');
  });

  test('include undefined elements of an array, which share no mark with null', () => {
    expect(encodePayload([undefined, null, undefined], 'p')).toEqual({
      body: '[null,null,null]',
      rich: '[["undefined",0],["undefined",2]]',
    });
  });

  test('that lie too unevenly for a header are refused', () => {
    const mixed = Array.from({ length: 10_000 }, (_, index) => (index % 2 === 0 ? new Date(index) : 'text'));
    expect(failureOf(mixed)).toMatch(/^result: .*5000 dates.*exceeds 32 KiB/);
  });
});

describe('what looks foreign to the reader', () => {
  test('is announced as ours by a header without marks: integers that number rounds', () => {
    expect(encodePayload([2 ** 60], 'p')).toEqual({ body: '[1152921504606847000]', rich: '[]' });
  });

  test("is announced as ours by a header without marks: kombu's keys", () => {
    expect(encodePayload({ __type__: 'decimal', __value__: '1' }, 'p').rich).toBe('[]');
  });
});

describe('what cannot travel', () => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  class Thenable {
    ['th'.concat('en')](): void {}
  }
  const cyclic: Record<string, unknown> = { a: { list: [] } };
  (cyclic['a'] as { list: unknown[] }).list.push(new Map([['self', cyclic['a']]]));

  test.each([
    [
      'a function',
      { items: [1, { when: () => 1 }] },
      'result.items[1].when: result.items[1].when cannot be sent: it is a function',
    ],
    ['a symbol', { 'odd key': Symbol('s') }, 'result["odd key"]: result["odd key"] cannot be sent: it is a symbol'],
    ['NaN', [Number.NaN], 'result[0]: result[0] cannot be sent: it is NaN'],
    ['an infinity', { x: -Infinity }, 'it is -Infinity'],
    ['a promise', { user: Promise.resolve(1) }, 'result.user cannot be sent: it is a promise; is an await missing?'],
    ['a thenable', new Thenable(), 'result cannot be sent: it is a promise; is an await missing?'],
    ['an invalid Date', [new Date(Number.NaN)], 'result[0] cannot be sent: it is an invalid Date'],
    ['an Error', { reason: new Error('x') }, 'result.reason cannot be sent: it is an Error'],
    ['a RegExp', /x/, 'result cannot be sent: it is a RegExp'],
    ['a cycle', cyclic, 'result.a.list[0][0][1] cannot be sent: it points back to result.a, a cycle'],
    [
      'a cycle below a map',
      new Map([['k', loop]]),
      'result[0][1].self cannot be sent: it points back to result[0][1], a',
    ],
    [
      'a throwing getter',
      {
        get bad() {
          throw new Error('boom');
        },
      },
      'result.bad cannot be sent: reading it threw: boom',
    ],
    [
      'a throwing toJSON',
      [
        {
          toJSON() {
            throw new Error('boom');
          },
        },
      ],
      'result[0] cannot be sent: reading it threw: boom',
    ],
    ['a huge bigint', 10n ** 5000n, 'result cannot be sent: it is a bigint of 5001 digits'],
  ])('is refused with its path: %s', (_, value, message) => {
    expect(failureOf(value)).toContain(message);
  });

  test('is refused when it lies too deep, without overflowing the stack', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 1000; level += 1) deep = [deep];
    expect(encodePayload(deep, 'result').rich).toBeUndefined();
    expect(failureOf([deep])).toContain('it lies deeper than 1000 levels');
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(failureOf(deep)).toContain('it lies deeper than 1000 levels');
  });
});

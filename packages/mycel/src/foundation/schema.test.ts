import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeProblems, joinPath, type Schema, validate, type Validation } from './schema.ts';

/** The same schema of an order, in each library. */
const orders: Record<string, Schema> = {
  zod: z.object({ customer: z.string(), items: z.array(z.object({ 'unit price': z.number() })) }),
  valibot: v.object({ customer: v.string(), items: v.array(v.object({ 'unit price': v.number() })) }),
  arktype: type({ customer: 'string', items: type({ 'unit price': 'number' }).array() }),
};
const order = { customer: 'c1', items: [{ 'unit price': 1 }] };
const wrong = { items: [{ 'unit price': 1 }, { 'unit price': 'two' }] };

/** Tells that a validation was synchronous. */
function atOnce<T>(validation: Validation<T> | Promise<Validation<T>>): Validation<T> {
  if (validation instanceof Promise) throw new Error('the validation was not synchronous');
  return validation;
}

function pathsOf(validation: Validation<unknown>): string[] {
  return validation.valid ? [] : validation.problems.map(({ path }) => path).toSorted();
}

describe.each(Object.entries(orders))('a schema of %s', (_library, schema) => {
  test('passes a value that fits, at once', () => {
    expect(atOnce(validate(schema, order))).toEqual({ valid: true, value: order });
  });

  test('tells every problem with the place it is at, as JavaScript writes it', () => {
    expect(pathsOf(atOnce(validate(schema, wrong)))).toEqual(['customer', 'items[1]["unit price"]']);
    expect(pathsOf(atOnce(validate(schema, wrong, 'order')))).toEqual([
      'order.customer',
      'order.items[1]["unit price"]',
    ]);
  });

  test('tells of a value that is wrong as a whole without a place', () => {
    expect(pathsOf(atOnce(validate(schema, 'text')))).toEqual(['']);
    expect(pathsOf(atOnce(validate(schema, 'text', 'argument 1')))).toEqual(['argument 1']);
  });

  test('gives a message to each problem', () => {
    const validation = atOnce(validate(schema, wrong));
    const messages = validation.valid ? [] : validation.problems.map(({ message }) => message);
    expect(messages).toHaveLength(2);
    for (const message of messages) expect(message).toMatch(/\w/);
  });
});

describe.each<[string, Schema]>([
  ['zod', z.object({ limit: z.string().transform(Number).default(10) })],
  ['valibot', v.object({ limit: v.optional(v.pipe(v.string(), v.transform(Number)), '10') })],
  ['arktype', type({ limit: type('string').pipe(Number).default('10') })],
])('defaults and transforms of %s', (_library, schema) => {
  test('reach the value', () => {
    expect(atOnce(validate(schema, {}))).toEqual({ valid: true, value: { limit: 10 } });
    expect(atOnce(validate(schema, { limit: '3' }))).toEqual({ valid: true, value: { limit: 3 } });
  });
});

describe('an asynchronous schema', () => {
  const known = z.object({ id: z.string().refine(async (id) => Promise.resolve(id === 'known'), 'is not known') });

  test('is waited for', async () => {
    await expect(validate(known, { id: 'known' })).resolves.toEqual({ valid: true, value: { id: 'known' } });
    await expect(validate(known, { id: 'other' }, 'order')).resolves.toEqual({
      valid: false,
      problems: [{ path: 'order.id', message: 'is not known' }],
    });
  });

  test('that rejects, rejects the validation', async () => {
    const validateOffline = async (): Promise<never> => Promise.reject(new Error('offline'));
    const offline: Schema = { '~standard': { version: 1, vendor: 'own', validate: validateOffline } };
    await expect(validate(offline, 'x')).rejects.toThrow('offline');
  });
});

describe('a path', () => {
  test.each<[string, readonly PropertyKey[], string]>([
    ['', [], ''],
    ['', ['items', 2, 'price'], 'items[2].price'],
    ['order', ['items', 2, 'a b'], 'order.items[2]["a b"]'],
    ['', [0, 'x'], '[0].x'],
    ['order', [''], 'order[""]'],
    ['', ['größe', '$ref', '_id', '1st'], 'größe.$ref._id["1st"]'],
    ['', [Symbol('secret')], '["Symbol(secret)"]'],
  ])('from %j along %j reads %j', (at, path, text) => {
    expect(joinPath(at, path)).toBe(text);
  });

  test('may be made of segments that hold their key, as valibot’s', () => {
    expect(joinPath('', [{ key: 'items' }, { key: 2 }])).toBe('items[2]');
  });
});

test('problems are described in one line, those without a place by their message', () => {
  const problems = [
    { path: 'items[2].price', message: 'expected number' },
    { path: '', message: 'too long' },
  ];
  expect(describeProblems(problems)).toBe('items[2].price: expected number; too long');
  expect(describeProblems([])).toBe('');
});

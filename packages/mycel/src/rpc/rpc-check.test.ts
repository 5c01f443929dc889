import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Schema } from '../foundation/schema.ts';
import { checkArguments } from './rpc-check.ts';

const nameAt = (index: number): string => ['x', 'y', 'z'][index] ?? '?';

describe('checking arguments', () => {
  test('gives what the schemas make of them, at once', () => {
    expect(checkArguments([z.number(), z.string().default('d')], [1], nameAt)).toEqual({
      valid: true,
      value: [1, 'd'],
    });
  });

  test('of one schema takes the one argument', () => {
    expect(checkArguments(z.object({ a: z.int().default(1) }), [{}], nameAt)).toEqual({
      valid: true,
      value: [{ a: 1 }],
    });
  });

  test('lists every problem with its place', () => {
    const params = [z.number(), z.object({ items: z.array(z.string()) }), z.array(z.number())] as const;
    const checked = checkArguments(params, ['1', { items: ['a', 2] }, ['b']], nameAt);
    expect(checked).toMatchObject({
      valid: false,
      problems: [{ path: 'x' }, { path: 'y.items[1]' }, { path: 'z[0]' }],
    });
  });

  test('of one schema names the members', () => {
    expect(checkArguments(z.object({ a: z.int() }), [{ a: 'no' }], nameAt)).toMatchObject({
      problems: [{ path: 'a' }],
    });
    expect(checkArguments(z.object({}), [], nameAt)).toMatchObject({ valid: false, problems: [{ path: '' }] });
  });

  test('waits for schemas that are asynchronous, and asks each of them once', async () => {
    const asked: string[] = [];
    const later = (name: string): Schema => ({
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: async (value) => {
          asked.push(name);
          return { value };
        },
      },
    });
    const params = [z.number(), later('first'), later('second'), z.string()] as const;
    await expect(checkArguments(params, [1, 'a', 'b', 'c'], nameAt)).resolves.toEqual({
      valid: true,
      value: [1, 'a', 'b', 'c'],
    });
    expect(asked).toEqual(['first', 'second']);
    await expect(checkArguments(params, ['1', 'a', 'b', 2], nameAt)).resolves.toMatchObject({ valid: false });
    await expect(checkArguments(later('only'), ['a'], nameAt)).resolves.toEqual({ valid: true, value: ['a'] });
  });

  test('leaves out what was left out, so that the defaults of the method hold', () => {
    const checked = checkArguments([z.number(), z.number().optional()], [1], nameAt);
    expect(checked).toEqual({ valid: true, value: [1] });
    const given = checkArguments([z.number(), z.undefined()], [1, undefined], nameAt);
    expect(given).toEqual({ valid: true, value: [1, undefined] });
  });
});

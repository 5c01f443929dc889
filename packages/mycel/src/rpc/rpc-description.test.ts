import { expect, test } from 'vitest';
import { z } from 'zod';
import { remoteError } from '../core/remote-error.ts';
import { describeRpc } from './rpc-description.ts';
import { readParameters } from './parameter-names.ts';

const sell = (item: string, { at }: { at?: number } = {}, ...notes: string[]) => [item, at, notes];

test('without schemas the parameters are those of the source text', () => {
  expect(describeRpc({}, readParameters(sell))).toEqual({
    params: [{ name: 'item' }, { name: null, optional: true }, { name: 'notes', rest: true }],
  });
});

test('of a method that shows no parameters nothing is said', () => {
  expect(describeRpc({}, undefined)).toEqual({});
});

test('a list of schemas describes one parameter each, named where the source text names it', () => {
  const description = describeRpc(
    { params: [z.string(), z.date()] },
    readParameters((item: string) => item),
  );
  expect(description).toEqual({
    params: [{ name: 'item', schema: expect.objectContaining({ type: 'string' }) }, { name: null }],
  });
});

test('one schema is one object, whose members are the names', () => {
  const { params, takesObject } = describeRpc({ params: z.object({ item: z.string() }) }, readParameters(sell));
  expect(takesObject).toBe(true);
  expect(params).toEqual([{ name: null, schema: expect.objectContaining({ required: ['item'] }) }]);
});

test('the result and the declared errors are part of it', () => {
  class SoldOut extends remoteError('shop.SoldOut') {}
  expect(describeRpc({ returns: z.number(), throws: [SoldOut] }, [])).toEqual({
    params: [],
    returns: expect.objectContaining({ type: 'number' }),
    throws: ['shop.SoldOut'],
  });
});

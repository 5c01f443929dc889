import { expect, it } from 'vitest';
import { Decimal, typed } from '../../protocol/codec/index.ts';
import { plainTable } from './plain-fields.ts';

it('plainTable gives what JSON can have of every kind of field', () => {
  const plain = plainTable({
    void: undefined,
    nothing: null,
    large: 2n ** 60n,
    date: new Date(0),
    far: typed('T', 2 ** 50),
    decimal: new Decimal(2, 314),
    bytes: Buffer.from('abc'),
    list: [1, [true, 'x']],
    table: { inner: { deep: 1n } },
  });
  expect(JSON.parse(JSON.stringify(plain))).toEqual({
    void: null,
    nothing: null,
    large: '1152921504606846976',
    date: '1970-01-01T00:00:00.000Z',
    far: 2 ** 50,
    decimal: 3.14,
    bytes: 'YWJj',
    list: [1, [true, 'x']],
    table: { inner: { deep: '1' } },
  });
});

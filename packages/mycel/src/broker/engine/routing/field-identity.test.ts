import { describe, expect, it } from 'vitest';
import { Decimal, type FieldValue, typed } from '../../../protocol/codec/index.ts';
import { fieldIdentity, tableIdentity } from './field-identity.ts';

describe('fieldIdentity', () => {
  it('tells apart values that RabbitMQ tells apart', () => {
    const distinct: readonly FieldValue[] = [
      null,
      '',
      'void',
      '1',
      1,
      1.5,
      true,
      'true',
      false,
      2n ** 63n - 1n,
      new Decimal(1, 5),
      new Decimal(2, 50),
      Buffer.from([0xff]),
      Buffer.from([0xfe]),
      [],
      [1],
      ['1'],
      [new Date(1000)],
      [[1]],
      [1, 1],
      { a: 1 },
      { a: '1' },
      { a: 1, b: 1 },
      { b: 1, a: 1 },
    ];
    expect(new Set(distinct.map(fieldIdentity)).size).toBe(distinct.length);
  });

  it.each<[FieldValue, FieldValue]>([
    [5, 5n],
    [5, new Date(5000)],
    [typed('T', 2n ** 60n), 2n ** 60n],
    ['é', Buffer.from('é')],
    [{ a: [1, null] }, { a: [1, null] }],
  ])('is one for %s and %s', (one, other) => {
    expect(fieldIdentity(one)).toBe(fieldIdentity(other));
  });

  it('grows with the value and no faster, however deep it is nested', () => {
    let value: FieldValue = '"';
    for (let depth = 0; depth < 60; depth++) value = [value];
    expect(fieldIdentity(value).length).toBeLessThan(2000);
  });
});

describe('tableIdentity', () => {
  it('heeds no order, but every name, type and value', () => {
    expect(tableIdentity({ a: 1, b: 2 })).toBe(tableIdentity({ b: 2, a: 1 }));
    const distinct = [{}, { a: 1 }, { b: 1 }, { a: 2 }, { a: '1' }, { a: new Date(1000) }, { a: null }];
    expect(new Set(distinct.map(tableIdentity)).size).toBe(distinct.length);
  });
});

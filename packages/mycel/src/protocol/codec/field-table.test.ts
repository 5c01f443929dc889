import { describe, expect, it } from 'vitest';
import { MalformedFrameError, UnencodableError } from './amqp-error.ts';
import { decodeTable, encodeTable } from './field-table.ts';
import { Decimal, FIELD_MAX_DEPTH, type FieldTable, type FieldValue, typed } from './field-value.ts';

/** The bytes of one value: its tag and what follows. */
function encodeValue(value: FieldValue): string {
  // Behind the length of the table, the length of the name and the name.
  return encodeTable({ v: value }).subarray(6).toString('hex');
}

function decodeValue(hex: string): FieldValue {
  const field = Buffer.concat([Buffer.from('0176', 'hex'), Buffer.from(hex.replaceAll(' ', ''), 'hex')]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(field.length);
  return decodeTable(Buffer.concat([length, field]))['v'];
}

const tag = (letter: string): string => Buffer.from(letter).toString('hex');

describe('encoding a field table', () => {
  it.each<[string, FieldValue, string]>([
    ['a small integer as I', 1, `${tag('I')}00000001`],
    ['a negative integer as I', -7, `${tag('I')}fffffff9`],
    ['the largest 32 bit integer as I', 2 ** 31 - 1, `${tag('I')}7fffffff`],
    ['the first integer above as l', 2 ** 31, `${tag('l')}0000000080000000`],
    ['the lowest symmetric 32 bit integer as I', -(2 ** 31) + 1, `${tag('I')}80000001`],
    ['the most negative int32 as L', -(2 ** 31), `${tag('L')}ffffffff80000000`],
    ['a large negative integer as L', -(2 ** 40), `${tag('L')}ffffff0000000000`],
    ['a small bigint as I', 5n, `${tag('I')}00000005`],
    ['a large bigint as l', 2n ** 60n, `${tag('l')}1000000000000000`],
    ['a large negative bigint as L', -(2n ** 63n), `${tag('L')}8000000000000000`],
    ['a fraction as d', 1.5, `${tag('d')}3ff8000000000000`],
    ['an integer too large to be exact as d', 2 ** 60, `${tag('d')}43b0000000000000`],
    ['minus zero as d', -0, `${tag('d')}8000000000000000`],
    ['zero as I', 0, `${tag('I')}00000000`],
    ['a string as S', 'é', `${tag('S')}00000002c3a9`],
    ['true as t', true, `${tag('t')}01`],
    ['null as V', null, tag('V')],
    ['undefined as V', undefined, tag('V')],
    ['bytes as x', Uint8Array.of(1, 2), `${tag('x')}000000020102`],
    ['a date as T in seconds', new Date(2_500), `${tag('T')}0000000000000002`],
    ['a decimal as D', new Decimal(2, -314), `${tag('D')}02fffffec6`],
    ['an array as A', [1], `${tag('A')}00000005${tag('I')}00000001`],
    ['an object as F', { a: true }, `${tag('F')}000000040161${tag('t')}01`],
  ])('writes %s', (_, value, hex) => {
    expect(encodeValue(value)).toBe(hex);
  });

  it.each<[string, FieldValue]>([
    ['73012c', typed('s', 300)],
    ['62f9', typed('b', -7)],
    ['42c8', typed('B', 200)],
    ['75ffff', typed('u', 65_535)],
    ['69ffffffff', typed('i', 2 ** 32 - 1)],
    ['4980000000', typed('I', -(2 ** 31))],
    ['6cffffffffffffffff', typed('l', -1)],
    ['4c0000000000000001', typed('L', 1n)],
    ['663fc00000', typed('f', 1.5)],
    ['643ff0000000000000', typed('d', 1)],
    ['544000000000000000', typed('T', 2n ** 62n)],
    ['5300000001ff', typed('S', Buffer.of(0xff))],
    ['56', typed('V', null)],
    ['41000000026201', typed('A', [typed('b', 1)])],
    ['4600000000', typed('F', {})],
  ])('writes what a forced tag asks for: %s', (hex, value) => {
    expect(encodeValue(value)).toBe(hex);
  });

  it.each<[FieldValue, RegExp]>([
    [typed('b', 128), /t\.v.*'b'/],
    [typed('u', -1), /t\.v.*'u'/],
    [typed('s', 1.5), /t\.v.*'s'/],
    [typed('I', 'one'), /t\.v.*'I'/],
    [typed('t', 1), /t\.v.*'t'/],
    [typed('V', 0), /t\.v.*'V'/],
    [typed('A', {}), /t\.v.*'A'/],
    [typed('F', []), /t\.v.*'F'/],
  ])('refuses a value that its forced tag cannot hold (case %#)', (value, message) => {
    expect(() => encodeTable({ t: { v: value } })).toThrow(message);
  });

  it.each<[string, unknown, RegExp]>([
    ['a function', () => 1, /table\.user\.tags\[1\].*function/],
    ['a symbol', Symbol('s'), /table\.user\.tags\[1\].*symbol/],
    ['a map', new Map(), /table\.user\.tags\[1\].*Map/],
    ['an invalid date', new Date(Number.NaN), /table\.user\.tags\[1\].*date/],
    ['an integer beyond 64 bits', 2n ** 63n, /table\.user\.tags\[1\].*64 bits/],
  ])('refuses %s and says where it stands', (_, value, message) => {
    // The type forbids it; programs in JavaScript do it all the same.
    const table = { user: { tags: [1, value] } } as FieldTable;
    expect(() => encodeTable(table)).toThrow(UnencodableError);
    expect(() => encodeTable(table)).toThrow(message);
  });

  it('refuses a name of more than 255 bytes', () => {
    expect(() => encodeTable({ ['é'.repeat(128)]: 1 })).toThrow(/256 bytes/);
    expect(decodeTable(encodeTable({ ['é'.repeat(127)]: 1 }))).toEqual({ ['é'.repeat(127)]: 1 });
  });

  it('refuses a table that contains itself', () => {
    const table: FieldTable = {};
    table['self'] = table;
    expect(() => encodeTable(table)).toThrow(/nested deeper/);
  });
});

describe('decoding a field table', () => {
  it.each<[string, string, FieldValue]>([
    ['t', '74 00', false],
    ['b as signed', '62 f9', -7],
    ['B as unsigned', '42 c8', 200],
    ['s as a 16 bit integer', '73 fed4', -300],
    ['u', '75 ffff', 65_535],
    ['I', '49 ffffffff', -1],
    ['i', '69 ffffffff', 2 ** 32 - 1],
    ['l as signed', '6c ffffffffffffffff', -1],
    ['L as signed', '4c ffffff0000000000', -(2 ** 40)],
    ['L that is exact as a number', '4c 0000000080000000', 2 ** 31],
    ['l that is not exact as a bigint', '6c 0020000000000001', 2n ** 53n + 1n],
    ['f', '66 3fc00000', 1.5],
    ['d', '64 3ff8000000000000', 1.5],
    ['D', '44 02 0000013a', new Decimal(2, 314)],
    ['S', '53 00000002 c3a9', 'é'],
    ['S that is no UTF-8 as bytes', '53 00000001 ff', Buffer.of(0xff)],
    ['S that holds the replacement character', '53 00000003 efbfbd', '\uFFFD'],
    ['A', '41 00000003 74 01 56', [true, null]],
    ['F', '46 00000004 0161 74 01', { a: true }],
    ['T', '54 0000000000000002', new Date(2_000)],
    ['T that no date can hold', '54 7fffffffffffffff', typed('T', 2n ** 63n - 1n)],
    ['V', '56', null],
    ['x', '78 00000002 0102', Buffer.of(1, 2)],
  ])('reads %s', (_, hex, value) => {
    expect(decodeValue(hex)).toEqual(value);
  });

  it('gives bytes of their own, which outlive the frame', () => {
    const encoded = encodeTable({ v: Uint8Array.of(1, 2) });
    const decoded = decodeTable(encoded);
    encoded.fill(0);
    expect(decoded['v']).toEqual(Buffer.of(1, 2));
  });

  it('keeps a field called __proto__ a field', () => {
    const decoded = decodeTable(encodeTable({ ['__proto__']: { admin: true } }));
    expect(Object.keys(decoded)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect('admin' in decoded).toBe(false);
  });

  it.each([
    ['an unknown tag', '00000003 0176 7a', /0x7a/],
    ['a table longer than the frame', '00000009 0176 56', /field table of 9 bytes/],
    ['a value that reaches beyond its table', '00000004 0176 7401 01', /too many|beyond/],
    ['a value cut off by the frame', '00000004 0176 5300', /value of 4 bytes/],
    ['bytes behind the table', '00000003 0176 56 00', /1 bytes too many/],
    ['an array whose last value reaches beyond it', '0000000c 0176 41 00000001 7401 017656', /beyond its length/],
  ])('refuses %s', (_, hex, message) => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    expect(() => decodeTable(bytes)).toThrow(MalformedFrameError);
    expect(() => decodeTable(bytes)).toThrow(message);
  });

  it(`nests ${FIELD_MAX_DEPTH} deep and no deeper, in both directions`, () => {
    let deepest: FieldTable = {};
    for (let depth = 0; depth < FIELD_MAX_DEPTH; depth++) deepest = { t: deepest };
    const encoded = encodeTable(deepest);
    expect(decodeTable(encoded)).toEqual(deepest);
    expect(() => encodeTable({ t: deepest })).toThrow(/nested deeper/);
    const head = Buffer.from('000000000174460', 'hex');
    head.writeUInt32BE(encoded.length + 3);
    expect(() => decodeTable(Buffer.concat([head.subarray(0, 7), encoded]))).toThrow(/nested deeper/);
  });
});

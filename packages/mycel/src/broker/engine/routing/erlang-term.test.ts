import { describe, expect, it } from 'vitest';
import { Decimal, type FieldValue, typed } from '../../../protocol/codec/index.ts';
import { erlangTermOf, erlangTypeOf } from './erlang-term.ts';

/** Each as RabbitMQ 3.10.8 shows it, but for the width of whole numbers, which is lost when they are decoded. */
const shown: readonly (readonly [type: string, term: string, FieldValue])[] = [
  ['longstr', '<<"foo">>', 'foo'],
  ['longstr', '<<>>', ''],
  ['longstr', '<<"é\\"">>', 'é"'],
  ['longstr', '<<208,182,209,143>>', 'жя'],
  ['longstr', '<<97,10,1,98,92>>', 'a\n\u0001b\\'],
  ['binary', '<<1,2,255>>', Buffer.from([1, 2, 255])],
  ['binary', '<<"ab">>', Buffer.from('ab')],
  ['signedint', '3', 3],
  ['signedint', '-2147483648', -(2 ** 31)],
  ['long', '2147483648', 2 ** 31],
  ['long', '4611686018427387904', 2n ** 62n],
  ['double', '1.5', 1.5],
  ['bool', 'true', true],
  ['void', 'undefined', null],
  ['timestamp', '5', new Date(5000)],
  ['timestamp', '1152921504606846976', typed('T', 2n ** 60n)],
  ['decimal', '{1,5}', new Decimal(1, 5)],
  ['array', '[{longstr,<<"a">>}]', ['a']],
  ['table', '[{<<"a">>,signedint,1}]', { a: 1 }],
];

describe('Erlang terms', () => {
  it.each(shown)('calls a %s so, and shows %s', (type, term, value) => {
    expect(erlangTypeOf(value)).toBe(type);
    expect(erlangTermOf(value)).toBe(term);
  });
});

import { describe, expect, it } from 'vitest';
import { readReply, writeResult } from './reply-body.ts';

const read = (text: string, rich?: string) =>
  readReply(rich === undefined ? {} : { headers: { 'mycel-rich': rich } }, new TextEncoder().encode(text), 'lab.add');

describe('the reply of a call that returned', () => {
  it.each([
    ['undefined', undefined],
    ['what says undefined for itself', { toJSON: () => undefined }],
  ])('%s has the key that Python looks for, and is undefined again at a Mycel caller', (_what, value) => {
    const { body, rich } = writeResult(value, 'lab.act');
    expect(body).toBe('{"result":null,"error":null}');
    expect(read(body, rich)).toEqual({ ok: true, value: undefined });
  });

  it.each([null, 0, '', false, [1], { result: 1 }])('%j is that value', (value) => {
    const { body, rich } = writeResult(value, 'lab.act');
    expect(read(body, rich)).toEqual({ ok: true, value });
  });
});

describe('a reply', () => {
  it.each(['null', '[]', '"text"', '5', '{}', '{"error":null}'])(
    'of %s is refused, by the name of the call',
    (text) => {
      expect(() => read(text)).toThrow(/^the reply of lab\.add has neither 'result' nor 'error'/);
    },
  );

  it('that is not JSON is refused, by the name of the call', () => {
    expect(() => read('oops')).toThrow(/^the reply of lab\.add cannot be read: the body is not JSON/);
  });

  it.each(['{"error":"text"}', '{"result":1,"error":{}}', '{"result":null,"error":[1]}'])(
    'of %s is an error all the same',
    (text) => {
      expect(read(text)).toMatchObject({ ok: false, error: { type: 'Error', args: [] } });
    },
  );

  it('whose error is false, as a lax peer may write it, is a result', () => {
    expect(read('{"result":7,"error":false}')).toEqual({ ok: true, value: 7 });
  });
});

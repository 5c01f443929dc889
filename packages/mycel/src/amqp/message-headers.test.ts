import { describe, expect, it } from 'vitest';
import { contextHeaders, payloadSource, readContext } from './message-headers.ts';

describe('contextHeaders', () => {
  it('writes each entry of the context under the prefix of Nameko, and the stack of call ids', () => {
    const context = { callIdStack: ['a.b.1', 'c.d.2'], data: { user_id: 7, language: 'en', roles: ['x'] } };
    expect(contextHeaders(context)).toEqual({
      'nameko.call_id_stack': ['a.b.1', 'c.d.2'],
      'nameko.user_id': 7,
      'nameko.language': 'en',
      'nameko.roles': ['x'],
    });
  });

  it('leaves out what is null or undefined, as Nameko does', () => {
    expect(contextHeaders({ callIdStack: [], data: { language: null, user_id: undefined } })).toEqual({});
  });

  it("writes a caller's own headers as they are", () => {
    expect(contextHeaders({ callIdStack: [], data: {} }, { 'x-trace': 't', 'mycel-timeout': 100 })).toEqual({
      'x-trace': 't',
      'mycel-timeout': 100,
    });
  });

  it.each([Number.NaN, -Infinity])(
    'refuses %d, on which RabbitMQ closes the connection, and names the place',
    (value) => {
      const data = { limits: { rates: [1, value] } };
      expect(() => contextHeaders({ callIdStack: [], data })).toThrow(
        `headers.nameko.limits.rates.1 cannot be sent: it is ${value}`,
      );
    },
  );
});

describe('readContext', () => {
  it('strips the prefix once and takes headers of others along, as Nameko does', () => {
    const headers = {
      'nameko.user_id': 7,
      'nameko.nameko.odd': 1,
      'x-foreign': 'f',
      'nameko.call_id_stack': ['a.b.1'],
    };
    expect(readContext(headers)).toEqual({
      callIdStack: ['a.b.1'],
      data: { user_id: 7, 'nameko.odd': 1, 'x-foreign': 'f' },
    });
  });

  it('never takes its own headers into the context, nor the stale copies that a Nameko service sends on', () => {
    expect(readContext({ 'mycel-timeout': 5, 'nameko.mycel-timeout': 9, 'nameko.mycel-rich': '[]' }).data).toEqual({});
  });

  it("never takes the broker's and kombu's headers into the context", () => {
    const headers = {
      'x-death': [],
      'nameko.x-death': [],
      'x-first-death-queue': 'q',
      compression: 'application/x-gzip',
    };
    expect(readContext(headers).data).toEqual({});
  });

  it.each([[[1, 2]], ['a.b.1'], [7], [null]])('counts a call id stack of %j as none', (stack) => {
    expect(readContext({ 'nameko.call_id_stack': stack })).toEqual({ callIdStack: [], data: {} });
  });

  it('reads a message without headers', () => {
    expect(readContext(undefined)).toEqual({ callIdStack: [], data: {} });
  });

  it('does not let a header reach the prototype of the context', () => {
    const { data } = readContext({ 'nameko.__proto__': { polluted: true } });
    expect((data as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('payloadSource', () => {
  it('hands on what the properties say of the body', () => {
    const body = Buffer.from('1');
    const headers = { compression: 'application/x-gzip', 'mycel-rich': '[]' };
    expect(payloadSource({ contentType: 'application/json', contentEncoding: 'utf-8', headers }, body)).toEqual({
      body,
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      compression: 'application/x-gzip',
      rich: '[]',
    });
  });
});

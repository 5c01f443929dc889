import { describe, expect, it } from 'vitest';
import { UsageError } from '../foundation/errors.ts';
import { describeTarget, maskUri, parseAmqpUris } from './amqp-uri.ts';

describe('parseAmqpUris', () => {
  it('reads user, password, host, port and virtual host, percent-decoded', () => {
    expect(parseAmqpUris('amqp://us%2Fer:p%40ss@broker:5673/a%2Fb')).toEqual([
      {
        host: 'broker',
        port: 5673,
        tls: false,
        vhost: 'a/b',
        credentials: { mechanism: 'PLAIN', username: 'us/er', password: 'p@ss' },
      },
    ]);
  });

  it.each(['amqp://broker', 'amqp://broker/', 'pyamqp://broker'])('takes the default virtual host for %s', (uri) => {
    expect(parseAmqpUris(uri)).toEqual([{ host: 'broker', tls: false, vhost: '/' }]);
  });

  it('turns TLS on for amqps and reads an IPv6 address', () => {
    expect(parseAmqpUris('amqps://[::1]:5671/%2F')).toEqual([{ host: '::1', port: 5671, tls: true, vhost: '/' }]);
  });

  it("reads RabbitMQ's query parameters", () => {
    const uri =
      'amqps://broker?heartbeat=5&connection_timeout=700&channel_max=9&frame_max=8192&auth_mechanism=EXTERNAL';
    expect(parseAmqpUris(uri)).toEqual([
      {
        host: 'broker',
        tls: true,
        vhost: '/',
        heartbeatSeconds: 5,
        connectTimeoutMs: 700,
        channelMax: 9,
        frameMax: 8192,
        credentials: { mechanism: 'EXTERNAL' },
      },
    ]);
  });

  it.each([';', ','])('reads several URIs parted by %j', (mark) => {
    const uris = `amqp://one${mark} amqp://two${mark}amqps://three${mark}`;
    expect(parseAmqpUris(uris).map(({ host }) => host)).toEqual(['one', 'two', 'three']);
  });

  it.each(['redis://guest:secret@localhost', 'localhost:5672', 'amqp://', ''])(
    'refuses %j and shows no password',
    (uri) => {
      const parse = (): unknown => parseAmqpUris(uri || 'x');
      expect(parse).toThrow(/is not an AMQP URI; write amqp:\/\//);
      expect(parse).not.toThrow(/secret/);
    },
  );

  it.each([
    ['amqp://user:se/cret@broker/', /user:\*\*\*@broker/],
    ['amqp://user:s@cre@t@broker:port/', /user:\*\*\*@broker/],
    ['amqp://user:se;cret@broker:port/', /user:\*\*\*@broker/],
    ['amqp://user:se,cret@broker:port/', /user:\*\*\*@broker/],
    ['amqp://us,er:secret@broker:port/', /us,er:\*\*\*@broker/],
    ['amqp://user:100%secret@broker', /percent-encoded.*user:\*\*\*@broker/s],
    ['amqp://user:secret@broker/%zz', /percent-encoded/],
    ['amqp://one;amqp://user:sec ret@two:port', /two/],
  ])('shows no part of the password of %j, which it cannot read', (uri, said) => {
    let message = '';
    try {
      parseAmqpUris(uri);
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      message = String(error);
    }
    expect(message).toMatch(said);
    expect(message).not.toMatch(/cre|se\/|s@|100%/);
  });

  it.each([';', ','])('takes %j in a password for a part of it', (mark) => {
    const [first, second] = parseAmqpUris(`amqp://me:a${mark}b@one${mark}amqps://two`);
    expect(first).toMatchObject({ host: 'one', credentials: { password: `a${mark}b` } });
    expect(second).toMatchObject({ host: 'two', tls: true });
  });

  it('refuses a query parameter that is no number', () => {
    expect(() => parseAmqpUris('amqp://u:secret@broker?heartbeat=soon')).toThrow(
      "'amqp://u:***@broker?heartbeat=soon': heartbeat must be a whole number, not 'soon'",
    );
  });
});

describe('maskUri', () => {
  it('hides the password of each of several URIs', () => {
    expect(maskUri('amqp://a:one@h1/x;amqps://b:tw:o@h2')).toBe('amqp://a:***@h1/x;amqps://b:***@h2');
    expect(maskUri('amqp://h1,amqp://a:one@h2, amqp://b:two@h3')).toBe('amqp://h1,amqp://a:***@h2, amqp://b:***@h3');
  });

  it('leaves a URI without a password as it is', () => {
    expect(maskUri('amqp://broker:5672/vhost')).toBe('amqp://broker:5672/vhost');
  });
});

describe('describeTarget', () => {
  it('names user, host, port and virtual host, never the password', () => {
    const [target] = parseAmqpUris('amqp://me:secret@broker/team');
    expect(describeTarget(target ?? {})).toBe('amqp://me@broker:5672/team');
  });
});

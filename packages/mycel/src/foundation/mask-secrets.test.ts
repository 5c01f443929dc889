import { describe, expect, test } from 'vitest';
import { isSecretName, maskSecrets, maskUris } from './mask-secrets.ts';

describe('maskUris', () => {
  test.each([
    ['amqp://guest:guest@localhost:5672/', 'amqp://guest:***@localhost:5672/'],
    ['cannot reach amqps://u:p@h/v, nor redis://:secret@r', 'cannot reach amqps://u:***@h/v, nor redis://:***@r'],
    ['amqp://a:1@x;amqp://b:2@y', 'amqp://a:***@x;amqp://b:***@y'],
    ['amqp://u:p@ss@host/', 'amqp://u:***@host/'],
    ['http://host:8000/a@b', 'http://host:8000/a@b'],
    ['http://user@host/', 'http://user@host/'],
    ['no uri: a:b@c', 'no uri: a:b@c'],
  ])('turns %j into %j', (text, masked) => {
    expect(maskUris(text)).toBe(masked);
  });
});

describe('maskSecrets', () => {
  test('masks by name at any depth, and URIs in texts, and copies', () => {
    const value = { user: 'u', password: 'p', tls: { key: 'pem' }, list: [{ auth_token: 't' }], uri: 'a://u:p@h' };
    expect(maskSecrets(value)).toEqual({
      user: 'u',
      password: '***',
      tls: { key: '***' },
      list: [{ auth_token: '***' }],
      uri: 'a://u:***@h',
    });
    expect(value.password).toBe('p');
  });

  test('ends at cycles, and leaves other objects and unset secrets as they are', () => {
    const cycle: Record<string, unknown> = { date: new Date(0), password: null, token: '' };
    cycle['self'] = cycle;
    expect(maskSecrets(cycle)).toMatchObject({ date: new Date(0), password: null, token: '' });
  });
});

test.each([
  ['password', true],
  ['db_password', true],
  ['passphrase', true],
  ['clientSecret', true],
  ['authToken', true],
  ['apiKey', true],
  ['private_key', true],
  ['key', true],
  ['routingKey', false],
  ['keys', false],
  ['passed', false],
  ['monkey', false],
])('%s is a secret: %s', (name, expected) => {
  expect(isSecretName(name)).toBe(expected);
});

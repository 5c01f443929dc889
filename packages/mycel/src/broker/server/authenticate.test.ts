import { describe, expect, it } from 'vitest';
import { encodeTable } from '../../protocol/codec/index.ts';
import { authenticate } from './authenticate.ts';

const users = { guest: 'guest', app: 'sécret:1' };
const plain = (text: string) => ({ mechanism: 'PLAIN', response: Buffer.from(text) });
const amqplain = (table: Record<string, string>) => ({
  mechanism: 'AMQPLAIN',
  response: encodeTable(table).subarray(4),
});

describe('authenticate', () => {
  it('takes PLAIN and AMQPLAIN', () => {
    expect(authenticate(users, plain('\0app\0sécret:1'), false)).toEqual({ user: 'app' });
    expect(authenticate(users, plain('somebody\0app\0sécret:1'), false)).toEqual({ user: 'app' });
    expect(authenticate(users, amqplain({ LOGIN: 'app', PASSWORD: 'sécret:1' }), false)).toEqual({ user: 'app' });
  });

  it('lets guest in from this machine only', () => {
    expect(authenticate(users, plain('\0guest\0guest'), true)).toEqual({ user: 'guest' });
    expect(authenticate(users, plain('\0guest\0guest'), false)).toEqual({
      problem: expect.stringContaining('this machine only'),
    });
  });

  it.each([
    ['an unknown user', plain('\0nobody\0x'), "there is no user 'nobody'"],
    ['a name that every object has', plain('\0constructor\0x'), "there is no user 'constructor'"],
    ['a wrong password', plain('\0app\0secret'), "the password of user 'app' is wrong"],
    ['no password', plain('\0app\0'), "the password of user 'app' is wrong"],
    ['a response without its parts', plain('app:sécret:1'), 'its PLAIN response names no user and password'],
    ['a table without a password', amqplain({ LOGIN: 'app' }), 'its AMQPLAIN response names no user and password'],
  ])('refuses %s', (_, startOk, problem) => {
    expect(authenticate(users, startOk, true)).toEqual({ problem });
  });
});

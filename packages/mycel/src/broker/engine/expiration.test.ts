import { describe, expect, it } from 'vitest';
import { faultOf } from '../../../../../tests/support/engine-client.ts';
import { assertExpiration } from './expiration.ts';

describe('assertExpiration', () => {
  it.each(['0', '10', '+10', '007', '315360000000'])('takes %j', (expiration) => {
    expect(faultOf(() => assertExpiration(expiration))).toBe('none');
  });

  it.each([
    ['', 'no_integer'],
    ['soon', 'no_integer'],
    ['-1', '{value_negative,-1}'],
    ['1.5', '{leftover_string,".5"}'],
    ['10 ', '{leftover_string," "}'],
    ['0x1', '{leftover_string,"x1"}'],
    ['315360000001', '{value_too_large,315360000001}'],
  ])('refuses %j as RabbitMQ does', (expiration, problem) => {
    const text = `PRECONDITION_FAILED - invalid expiration '${expiration}': ${problem}`;
    expect(faultOf(() => assertExpiration(expiration))).toBe(`channel: 406 ${text}`);
  });
});

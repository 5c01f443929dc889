import { describe, expect, it } from 'vitest';
import { faultOf } from '../../../../../tests/support/engine-client.ts';
import { assertEquivalentQueue, type ComparedDeclaration } from './queue-equivalence.ts';

const current: ComparedDeclaration = {
  name: 'q',
  isDurable: true,
  isAutoDelete: false,
  arguments: { 'x-message-ttl': 1000, 'x-dead-letter-exchange': 'd', 'x-single-active-consumer': true },
};

function problemWith(received: Partial<ComparedDeclaration>): string {
  const fault = faultOf(() => assertEquivalentQueue(current, { ...current, ...received }, '/'));
  return fault.replace('channel: 406 PRECONDITION_FAILED - inequivalent arg ', '');
}

describe('assertEquivalentQueue', () => {
  it.each([
    [{ isDurable: false }, "'durable' for queue 'q' in vhost '/': received 'false' but current is 'true'"],
    [{ isAutoDelete: true }, "'auto_delete' for queue 'q' in vhost '/': received 'true' but current is 'false'"],
  ])('refuses %j', (received, problem) => {
    expect(problemWith(received)).toBe(problem);
  });

  it.each([
    [{ 'x-message-ttl': 5 }, "'x-message-ttl' for queue 'q' in vhost '/': received '5' but current is '1000'"],
    [{ 'x-message-ttl': 'x' }, "'x-message-ttl' for queue 'q' in vhost '/': received 'x' but current is '1000'"],
    [
      { 'x-message-ttl': undefined },
      "'x-message-ttl' for queue 'q' in vhost '/': received none but current is the value '1000' of type 'signedint'",
    ],
    [
      { 'x-expires': 2 ** 32 },
      "'x-expires' for queue 'q' in vhost '/': received the value '4294967296' of type 'long' but current is none",
    ],
    [
      { 'x-queue-type': 'quorum' },
      "'x-queue-type' for queue 'q' in vhost '/': received the value 'quorum' of type 'longstr' but current is none",
    ],
  ])('refuses other arguments: %j', (args, problem) => {
    expect(problemWith({ arguments: { ...current.arguments, ...args } })).toBe(problem);
  });

  it('takes what means the same, and what RabbitMQ does not compare', () => {
    const args = { 'x-message-ttl': 1000n, 'x-queue-type': 'classic', 'x-delivery-limit': 3, other: 1 };
    expect(problemWith({ arguments: { ...current.arguments, ...args } })).toBe('none');
  });
});

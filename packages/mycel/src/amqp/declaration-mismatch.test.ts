import { describe, expect, it } from 'vitest';
import { describeMismatch, mismatchIn } from './declaration-mismatch.ts';

const q = { kind: 'queue', entity: 'q', vhost: '/' };

describe('a refused declaration', () => {
  it.each([
    [
      "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received 'quorum' but current is 'classic'",
      { ...q, argument: 'x-queue-type', wanted: 'quorum', existing: 'classic' },
    ],
    [
      "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received none but current is the value 'quorum' of type 'longstr'",
      { ...q, argument: 'x-queue-type', wanted: 'classic', existing: 'quorum' },
    ],
    [
      "PRECONDITION_FAILED - inequivalent arg 'x-expires' for queue 'q' in vhost '/': received the value '5' of type 'signedint' but current is none",
      { ...q, argument: 'x-expires', wanted: '5', existing: undefined },
    ],
    [
      "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'a.events' in vhost 'x y': received 'topic' but current is 'direct'",
      { kind: 'exchange', entity: 'a.events', vhost: 'x y', argument: 'type', wanted: 'topic', existing: 'direct' },
    ],
    [
      "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'it's' in vhost '/': received 'true' but cur...",
      { ...q, entity: "it's", argument: 'durable', wanted: undefined, existing: undefined },
    ],
    ["PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q' in vho...", undefined],
    ['PRECONDITION_FAILED - unknown delivery tag 7', undefined],
  ])('%s', (text, read) => {
    expect(mismatchIn(text)).toEqual(read);
  });

  it('is told with the queue, the argument, both values and the commands that mend it', () => {
    const text = describeMismatch({
      kind: 'queue',
      entity: 'evt-a-b',
      vhost: 'shop',
      argument: 'x-queue-type',
      wanted: 'quorum',
      existing: 'classic',
    });
    expect(text).toMatch(
      /^queue 'evt-a-b' in virtual host 'shop' exists with another x-queue-type: it has classic, this process wants quorum;/,
    );
    expect(text).toContain("rabbitmqctl delete_queue --vhost 'shop' --if-empty 'evt-a-b'");
    expect(text).toContain("set amqp.topology to 'nameko'");
  });

  it('of the queue of calls names the option on which all instances of the service must agree', () => {
    const text = describeMismatch({
      kind: 'queue',
      entity: 'rpc-stock',
      vhost: 'shop',
      argument: 'x-queue-type',
      wanted: 'quorum',
      existing: 'classic',
    });
    expect(text).toContain('amqp.rpc_queue_type');
    expect(text).toContain("stop them all, delete it (rabbitmqctl delete_queue --vhost 'shop' --if-empty 'rpc-stock')");
    expect(text).not.toContain('amqp.topology');
  });
});

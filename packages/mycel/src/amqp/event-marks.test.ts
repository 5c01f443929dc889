import { describe, expect, it } from 'vitest';
import { type ArrivedMessage, copyProperties, type EventMarks, readMarks } from './event-marks.ts';

function message(given: Partial<ArrivedMessage> = {}): ArrivedMessage {
  return {
    exchange: 'shop.events',
    routingKey: 'sold',
    redelivered: false,
    properties: {},
    body: Buffer.from('{}'),
    ...given,
  };
}

const marks: EventMarks = {
  exchange: 'shop.events',
  routingKey: 'sold',
  failures: 3,
  firstFailedAt: 1_700_000_000_000,
  returns: 2,
  replayOf: 'letter',
  replays: 1,
  maybeTwice: true,
};

describe('the marks of an event', () => {
  it('are those of an event at its first delivery where there are none', () => {
    expect(readMarks(message())).toEqual({
      exchange: 'shop.events',
      routingKey: 'sold',
      failures: 0,
      firstFailedAt: undefined,
      returns: 0,
      replayOf: undefined,
      replays: 0,
      maybeTwice: false,
    });
  });

  it('come out as they went in, though the copy was published elsewhere', () => {
    const properties = copyProperties({}, marks);
    expect(readMarks(message({ exchange: '', routingKey: 'some-queue', properties }))).toEqual(marks);
  });

  it('are read only under their own names, and only where they have a sense', () => {
    const headers = { 'nameko.mycel-failures': 4, 'mycel-failures': 'many', 'mycel-returns': -1, 'mycel-exchange': 7 };
    expect(readMarks(message({ properties: { headers } }))).toMatchObject({
      failures: 0,
      returns: 0,
      exchange: 'shop.events',
    });
  });
});

describe('the properties of a copy', () => {
  it('are those of the message, but for its time, its user and what brokers route and count by', () => {
    const headers = {
      'nameko.language': 'en',
      own: 'kept',
      CC: ['other'],
      BCC: ['another'],
      'x-death': [{ queue: 'q' }],
      'x-first-death-queue': 'q',
      'x-last-death-queue': 'q',
      'x-delivery-count': 4,
      'x-acquired-count': 5,
      'mycel-failures': 1,
      'mycel-dead-letter': { id: 'before' },
    };
    const properties = { expiration: '5', userId: 'guest', messageId: 'm', contentType: 'text/plain', headers };
    const plain = { ...marks, failures: 0, firstFailedAt: undefined, returns: 0, replayOf: undefined, replays: 0 };
    expect(copyProperties(properties, { ...plain, maybeTwice: false })).toEqual({
      messageId: 'm',
      contentType: 'text/plain',
      deliveryMode: 2,
      headers: {
        'nameko.language': 'en',
        own: 'kept',
        'mycel-exchange': 'shop.events',
        'mycel-routing-key': 'sold',
      },
    });
  });
});

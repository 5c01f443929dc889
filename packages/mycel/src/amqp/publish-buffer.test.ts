import { describe, expect, it } from 'vitest';
import { encodePayload } from '../transport/payload.ts';
import { Publication } from './publication.ts';
import { PublishBuffer } from './publish-buffer.ts';

const roomy = { messages: 10_000, bytes: 2 ** 30 };

function event(ordinal: number, source = 'shop', payload: unknown = ordinal): Publication {
  const context = { callIdStack: [], data: {} };
  const outbound = { source, type: `t${ordinal}`, payload, context };
  const publication = new Publication(outbound, encodePayload(payload, 'payload'), ordinal);
  publication.outcome.catch(() => {}); // some are failed on purpose
  return publication;
}

/** Takes out all that is there, and returns the ordinals. */
function drain(buffer: PublishBuffer, isReady: (source: string) => boolean = () => true): number[] {
  const ordinals: number[] = [];
  for (let next = buffer.take(isReady); next; next = buffer.take(isReady)) ordinals.push(next.ordinal);
  return ordinals;
}

function give(buffer: PublishBuffer, ...publications: Publication[]): void {
  for (const publication of publications) buffer.add(publication);
}

function giveUp(buffer: PublishBuffer, publication: Publication): void {
  publication.fail(new Error('given up'));
  buffer.drop(publication);
}

describe('a buffer of events', () => {
  it('gives them back in the order in which they were published, whatever their source', () => {
    const buffer = new PublishBuffer(roomy);
    give(buffer, event(0), event(1, 'other'), event(2), event(3, 'other'));
    expect(drain(buffer)).toEqual([0, 1, 2, 3]);
    expect([buffer.size, buffer.sources]).toEqual([0, []]);
  });

  it('passes over sources that are not ready', () => {
    const buffer = new PublishBuffer(roomy);
    give(buffer, event(0, 'other'), event(1), event(2));
    expect(drain(buffer, (source) => source === 'shop')).toEqual([1, 2]);
    expect([buffer.holds('shop'), buffer.holds('other'), buffer.sources]).toEqual([false, true, ['other']]);
  });

  it('puts what comes back before the others, in its old order, also when it comes back twice', () => {
    const buffer = new PublishBuffer(roomy);
    const events = Array.from({ length: 6 }, (_, n) => event(n));
    give(buffer, ...events);
    const sent = [0, 1, 2, 3].map(() => buffer.take(() => true));
    for (const publication of sent) if (publication) buffer.putBack(publication);
    const again = [buffer.take(() => true), buffer.take(() => true)];
    for (const publication of again) if (publication) buffer.putBack(publication);
    expect(buffer.members.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(drain(buffer)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('forgets those that are given up, wherever they stand', () => {
    const buffer = new PublishBuffer(roomy);
    const events = Array.from({ length: 5 }, (_, n) => event(n));
    give(buffer, ...events);
    for (const n of [2, 0, 4]) giveUp(buffer, events[n]!);
    expect([buffer.size, buffer.members.map(({ ordinal }) => ordinal)]).toEqual([2, [1, 3]]);
    expect(drain(buffer)).toEqual([1, 3]);
    expect([buffer.size, buffer.sources]).toEqual([0, []]);
  });

  it('knows a source no more once its last event is given up', () => {
    const buffer = new PublishBuffer(roomy);
    const only = event(0);
    give(buffer, only);
    giveUp(buffer, only);
    expect([buffer.holds('shop'), buffer.sources]).toEqual([false, []]);
  });

  it('keeps the order of many that come while others go', () => {
    const buffer = new PublishBuffer(roomy);
    const seen: number[] = [];
    for (let n = 0; n < 9000; n += 3) {
      give(buffer, event(n), event(n + 1), event(n + 2));
      seen.push(...[buffer.take(() => true), buffer.take(() => true)].map((taken) => taken?.ordinal ?? -1));
    }
    seen.push(...drain(buffer));
    expect(seen).toEqual(Array.from({ length: 9000 }, (_, n) => n));
  });

  it('tells which bound an event would pass, and lets the first be of any size', () => {
    const buffer = new PublishBuffer({ messages: 2, bytes: 10_000 });
    const large = event(0, 'shop', 'x'.repeat(20_000));
    expect(buffer.boundFor(large.size)).toBeUndefined();
    give(buffer, large);
    expect(buffer.boundFor(event(1).size)).toBe('bytes');
    giveUp(buffer, large);
    give(buffer, event(2));
    expect(buffer.boundFor(event(3).size)).toBeUndefined();
    give(buffer, event(3, 'other'));
    expect(buffer.boundFor(event(4).size)).toBe('messages');
  });
});

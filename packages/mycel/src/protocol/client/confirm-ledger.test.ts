import { describe, expect, it } from 'vitest';
import { type AwaitedConfirm, ConfirmLedger } from './confirm-ledger.ts';
import { ChannelClosedError } from './errors.ts';
import type { ReturnedMessage } from './message.ts';

/** Adds publishes and notes how each ends. */
class Notebook {
  readonly ledger = new ConfirmLedger();
  readonly outcomes: string[] = [];

  add(name: string, given: Partial<AwaitedConfirm> = {}): void {
    this.ledger.add({
      exchange: '',
      routingKey: 'q',
      correlationId: undefined,
      messageId: undefined,
      isMandatory: false,
      resolve: ({ returned }) =>
        this.outcomes.push(returned ? `${name} returned ${returned.replyCode}` : `${name} taken`),
      reject: (error) => this.outcomes.push(`${name} ${error.code}`),
      returned: undefined,
      ...given,
    });
  }
}

function returned(given: Partial<ReturnedMessage> = {}): ReturnedMessage {
  const properties = {};
  return {
    replyCode: 312,
    replyText: 'NO_ROUTE',
    exchange: '',
    routingKey: 'q',
    properties,
    body: Buffer.of(),
    ...given,
  };
}

describe('ConfirmLedger', () => {
  it('settles single publishes in any order', () => {
    const { ledger, outcomes } = notebookOf('a', 'b', 'c');
    ledger.settle(2, false, true);
    ledger.settle(3, false, false);
    expect(ledger.size).toBe(3);
    ledger.settle(1, false, true);
    expect(outcomes).toEqual(['b taken', 'c MYCEL_AMQP_NACKED', 'a taken']);
    expect(ledger.size).toBe(0);
  });

  it('settles all up to a number, and all there are for 0', () => {
    const { ledger, outcomes } = notebookOf('a', 'b', 'c', 'd');
    ledger.settle(2, true, true);
    expect(outcomes).toEqual(['a taken', 'b taken']);
    ledger.settle(0, true, false);
    expect(outcomes.slice(2)).toEqual(['c MYCEL_AMQP_NACKED', 'd MYCEL_AMQP_NACKED']);
  });

  it('ignores numbers that were settled or never given', () => {
    const { ledger, outcomes } = notebookOf('a', 'b');
    // One turn of the ring ahead of the first.
    ledger.settle(65, false, false);
    ledger.settle(1, false, true);
    ledger.settle(1, false, false);
    ledger.settle(7, false, true);
    ledger.settle(2, true, true);
    ledger.settle(99, true, true);
    expect(outcomes).toEqual(['a taken', 'b taken']);
  });

  it('keeps its order while it grows and wraps around', () => {
    const notebook = new Notebook();
    let next = 1;
    let settled = 0;
    for (let round = 0; round < 40; round++) {
      for (let count = 0; count < 50; count++) notebook.add(`${next++}`);
      settled += 37;
      notebook.ledger.settle(settled, true, true);
    }
    notebook.ledger.settle(0, true, true);
    expect(notebook.outcomes).toEqual(Array.from({ length: 2000 }, (_, index) => `${index + 1} taken`));
  });

  it('rejects the rest when the channel ends', () => {
    const { ledger, outcomes } = notebookOf('a', 'b');
    ledger.settle(1, false, true);
    ledger.fail(new ChannelClosedError('gone'));
    expect(outcomes).toEqual(['a taken', 'b MYCEL_AMQP_CHANNEL_CLOSED']);
    expect(ledger.size).toBe(0);
  });

  it('pairs a return with the oldest mandatory publish of its kind', () => {
    const notebook = new Notebook();
    notebook.add('plain');
    notebook.add('other key', { isMandatory: true, routingKey: 'other' });
    notebook.add('other call', { isMandatory: true, correlationId: '1' });
    notebook.add('first', { isMandatory: true, correlationId: '2' });
    notebook.add('second', { isMandatory: true, correlationId: '2' });
    const message = returned({ properties: { correlationId: '2' } });
    expect(notebook.ledger.pairReturn(message)).toBe(true);
    expect(notebook.ledger.pairReturn(message)).toBe(true);
    expect(notebook.ledger.pairReturn(message)).toBe(false);
    notebook.ledger.settle(5, true, true);
    expect(notebook.outcomes).toEqual([
      'plain taken',
      'other key taken',
      'other call taken',
      'first returned 312',
      'second returned 312',
    ]);
  });

  it('leaves a return to its callback when nobody waits for that publish', () => {
    const notebook = new Notebook();
    notebook.add('fired', { isMandatory: true, resolve: undefined, reject: undefined });
    notebook.add('awaited', { isMandatory: true });
    expect(notebook.ledger.pairReturn(returned())).toBe(false);
    notebook.ledger.settle(2, true, true);
    expect(notebook.outcomes).toEqual(['awaited taken']);
  });
});

function notebookOf(...names: string[]): Notebook {
  const notebook = new Notebook();
  for (const name of names) notebook.add(name);
  return notebook;
}

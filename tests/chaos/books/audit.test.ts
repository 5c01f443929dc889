import { describe, expect, test } from 'vitest';
import { audit } from './audit.ts';
import type { Finding } from './finding.ts';
import { Ledger } from './ledger.ts';
import type { Arrival, Fate, MadeCall } from './pages.ts';

const handler = 'billing.onSold';

/** The books of one event that was published and acknowledged. */
function oneEvent(fate: Fate = 'handled', mayBeTwice = false): Ledger {
  const ledger = new Ledger();
  ledger.published({ id: 'e1', type: 'sold', fates: { [handler]: fate } });
  ledger.acknowledged('e1', { routed: true, mayBeTwice });
  return ledger;
}

/** As the first delivery of an event comes, but for what is said. */
const arrival = (special: Partial<Arrival> = {}): Arrival => ({
  instance: 'i1',
  redelivered: false,
  failures: 0,
  replayOf: undefined,
  messageId: 'm1',
  ...special,
});

const kinds = (ledger: Ledger): Finding['kind'][] => audit(ledger, { slackMs: 10 }).map(({ kind }) => kind);

describe('an event', () => {
  test('that was acknowledged and handled balances, and one that was not is lost', () => {
    const ledger = oneEvent();
    expect(audit(ledger, { slackMs: 10 })).toMatchObject([{ kind: 'lost', text: expect.stringContaining('e1') }]);
    expect(ledger.outstanding()).toEqual(['e1 at billing.onSold']);
    ledger.delivered(handler, 'e1', arrival());
    ledger.handled(handler, 'e1');
    expect(kinds(ledger)).toEqual([]);
    expect(ledger.outstanding()).toEqual([]);
  });

  test('that nobody acknowledged, or that found no queue where one was deleted, is not owed', () => {
    const ledger = new Ledger();
    ledger.excuse(handler, 'deleted');
    for (const id of ['rejected', 'unrouted']) ledger.published({ id, type: 'sold', fates: { [handler]: 'handled' } });
    ledger.rejected('rejected', 'MYCEL_DISCONNECTED');
    ledger.acknowledged('unrouted', { routed: false, mayBeTwice: false });
    expect(kinds(ledger)).toEqual([]);
  });

  test('that was not routed to a queue that was there is lost', () => {
    const ledger = new Ledger();
    ledger.published({ id: 'e1', type: 'sold', fates: { [handler]: 'handled' } });
    ledger.acknowledged('e1', { routed: false, mayBeTwice: false });
    expect(kinds(ledger)).toEqual(['lost']);
  });

  test('whose method runs twice without being told that it may be the second time is a finding', () => {
    const ledger = oneEvent();
    for (const redelivered of [false, true]) ledger.delivered(handler, 'e1', arrival({ redelivered }));
    for (let run = 0; run < 2; run++) ledger.began(handler, 'e1', false);
    ledger.handled(handler, 'e1');
    expect(kinds(ledger)).toEqual(['unflagged repeat']);
  });

  test('whose publish is never settled is a finding', () => {
    const ledger = new Ledger();
    ledger.published({ id: 'e1', type: 'sold', fates: {} });
    expect(kinds(ledger)).toEqual(['lost']);
  });

  test('whose queue was deleted with it is excused, and only at that handler', () => {
    const ledger = oneEvent();
    ledger.excuse('stock.onSold', 'deleted');
    expect(kinds(ledger)).toEqual(['lost']);
    ledger.excuse(handler, 'deleted');
    expect(kinds(ledger)).toEqual([]);
  });

  test('that came to one handler and not to another is excused there, if it was published as its exchange was deleted', () => {
    const books = (comes: boolean, isDeleted: boolean): Ledger => {
      const ledger = new Ledger();
      if (isDeleted) ledger.exchangeDeleted();
      ledger.published({ id: 'e1', type: 'sold', fates: { [handler]: 'handled', 'stock.onSold': 'handled' } });
      ledger.acknowledged('e1', { routed: true, mayBeTwice: false });
      if (comes) ledger.delivered(handler, 'e1', arrival());
      if (comes) ledger.handled(handler, 'e1');
      ledger.excusePartlyRouted();
      return ledger;
    };
    expect(kinds(books(true, true))).toEqual([]);
    expect(kinds(books(true, false))).toEqual(['lost']);
    expect(kinds(books(false, true))).toEqual(['lost', 'lost']);
  });

  test('may come again when it is flagged, or when it was sent twice; not otherwise', () => {
    const comeTwice = (ledger: Ledger, redelivered: boolean): Ledger => {
      ledger.delivered(handler, 'e1', arrival());
      ledger.delivered(handler, 'e1', arrival({ redelivered, instance: 'i2' }));
      ledger.handled(handler, 'e1');
      return ledger;
    };
    expect(kinds(comeTwice(oneEvent(), true))).toEqual([]);
    expect(kinds(comeTwice(oneEvent('handled', true), false))).toEqual([]);
    expect(kinds(comeTwice(oneEvent(), false))).toEqual(['unflagged repeat']);
  });

  test.each([
    ['handled', 'failed', ['wrong end']],
    ['failed', 'failed', []],
    ['failed', 'poison', ['wrong end']],
    ['mended', 'failed', ['lost']],
    ['poison', 'poison', []],
    ['handled', 'poison', ['wrong end']],
    ['invalid', 'invalid', []],
    ['invalid', 'failed', ['wrong end']],
    ['handled or failed', 'failed', []],
  ] as const)('that was to be %s is a dead letter of the kind %s: %j', (fate, reason, expected) => {
    const ledger = oneEvent(fate);
    ledger.deadLetter(handler, 'e1', { reason, isMarked: false, messageId: 'm1' });
    expect(kinds(ledger)).toEqual(expected);
  });

  test('comes once for each attempt, and once again after each replay; else with a mark', () => {
    const ledger = oneEvent();
    for (const special of [
      {},
      { failures: 1 },
      { replayOf: 'l1' },
      { replayOf: 'l1', failures: 1 },
      { replayOf: 'l2' },
    ])
      ledger.delivered(handler, 'e1', arrival(special));
    ledger.handled(handler, 'e1');
    expect(kinds(ledger)).toEqual([]);
    ledger.delivered(handler, 'e1', arrival({ replayOf: 'l1', redelivered: true }));
    expect(kinds(ledger)).toEqual([]);
    ledger.delivered(handler, 'e1', arrival({ replayOf: 'l1' }));
    expect(kinds(ledger)).toEqual(['unflagged repeat']);
  });

  test('is one dead letter, or several if all but one are marked', () => {
    const ledger = oneEvent('failed');
    const letter = { reason: 'failed', isMarked: false, messageId: 'm1' };
    ledger.deadLetter(handler, 'e1', letter);
    ledger.deadLetter(handler, 'e1', { ...letter, isMarked: true });
    expect(kinds(ledger)).toEqual([]);
    ledger.deadLetter(handler, 'e1', letter);
    expect(kinds(ledger)).toEqual(['unflagged repeat']);
  });

  test('has one message id, wherever it is seen', () => {
    const seenUnder = (last: string | undefined): Ledger => {
      const ledger = oneEvent();
      ledger.sent('e1', 'm1');
      ledger.delivered(handler, 'e1', arrival());
      ledger.handled(handler, 'e1');
      ledger.sent('e1', last);
      return ledger;
    };
    expect(kinds(seenUnder('m1'))).toEqual([]);
    expect(kinds(seenUnder('m2'))).toEqual(['message id']);
    expect(kinds(seenUnder(undefined))).toEqual(['message id']);
  });

  test('that must fail is not handled', () => {
    const ledger = oneEvent('failed');
    ledger.handled(handler, 'e1');
    expect(kinds(ledger)).toEqual(['wrong end']);
  });
});

describe('order', () => {
  function handledInOrder(...ids: readonly string[]): Ledger {
    const ledger = new Ledger();
    for (const [sequence, id] of ['e1', 'e2', 'e3'].entries()) {
      ledger.published({ id, type: 'moved', key: 'a', sequence, fates: { [handler]: 'handled' } });
      ledger.acknowledged(id, { routed: true, mayBeTwice: false });
    }
    for (const id of ids) ledger.handled(handler, id);
    return ledger;
  }

  test('is kept by those that are handled one after the other, repeats aside', () => {
    expect(kinds(handledInOrder('e1', 'e2', 'e1', 'e3'))).toEqual([]);
    expect(kinds(handledInOrder('e1', 'e3', 'e2'))).toEqual(['order']);
  });
});

interface OneCall extends Partial<MadeCall> {
  readonly runs?: number;
  readonly waitMs?: number;
}

describe('a call', () => {
  function oneCall(outcome?: string, { runs = 1, waitMs = 0, ...made }: OneCall = {}): Ledger {
    const ledger = new Ledger();
    ledger.called({ id: 'c1', method: 'double', timeoutMs: 0, ...made });
    for (let run = 0; run < runs; run++) ledger.ran('c1', false);
    if (outcome !== undefined) ledger.answered('c1', outcome);
    const call = ledger.calls.get('c1');
    if (call?.settledAt !== undefined) call.settledAt = call.startedAt + waitMs;
    return ledger;
  }

  test('that is answered in time, and ran once, balances', () => {
    expect(kinds(oneCall('ok'))).toEqual([]);
    expect(kinds(oneCall('MYCEL_CALL_TIMEOUT', { runs: 0 }))).toEqual([]);
  });

  test('is a finding when it is late, open, wrong, or answered without having run', () => {
    expect(kinds(oneCall())).toEqual(['call']);
    expect(kinds(oneCall('ok', { waitMs: 1000 }))).toEqual(['call']);
    expect(kinds(oneCall('wrong result'))).toEqual(['call']);
    expect(kinds(oneCall('MYCEL_REMOTE'))).toEqual(['call']);
    expect(kinds(oneCall('ok', { runs: 0 }))).toEqual(['call']);
    expect(kinds(oneCall('ok', { runs: 2 }))).toEqual(['call']);
    expect(kinds(oneCall('MYCEL_CALL_CANCELLED'))).toEqual(['call']);
  });

  test('may run again if it is idempotent, and be cancelled by its caller, but not run more often than it may', () => {
    expect(kinds(oneCall('ok', { runs: 2, isIdempotent: true }))).toEqual([]);
    expect(kinds(oneCall('MYCEL_CALL_CANCELLED', { mayBeCancelled: true }))).toEqual([]);
    expect(kinds(oneCall('ok', { runs: 2, isIdempotent: true, mostRuns: 1 }))).toEqual(['call']);
  });
});

test('what nobody expected is a finding', () => {
  const ledger = new Ledger();
  ledger.surprise('an error that nobody caught');
  ledger.delivered(handler, 'unknown', arrival());
  expect(kinds(ledger)).toEqual(['surprise', 'surprise']);
});

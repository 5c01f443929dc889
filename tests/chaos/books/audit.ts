import { callFindings } from './call-audit.ts';
import type { AuditRules, Finding } from './finding.ts';
import type { Ledger } from './ledger.ts';
import type { Delivered, EventPage, Fate, HandlerPage, OrderEntry } from './pages.ts';

/** Says what does not balance; nothing, when all does. To be asked when nothing is under way any more. */
export function audit(ledger: Ledger, rules: AuditRules): Finding[] {
  const events = [...ledger.events.values()].flatMap((page) => eventFindings(page, rules, ledger));
  const orders = [...ledger.orders].flatMap(([handler, order]) => orderFindings(handler, order, ledger));
  const calls = [...ledger.calls.values()].flatMap((call) => callFindings(call, rules));
  const surprises = ledger.surprises.map((text): Finding => ({ kind: 'surprise', text }));
  return [...events, ...orders, ...calls, ...surprises];
}

function eventFindings(page: EventPage, rules: AuditRules, ledger: Ledger): Finding[] {
  const { id, fates } = page.event;
  if (page.outcome === undefined) return [{ kind: 'lost', text: `${id}: its publish was never settled` }];
  const missed = [...page.handlers.keys()].filter(
    (handler) => page.outcome === 'unrouted' && !ledger.mayBeGone.has(handler),
  );
  if (missed.length > 0)
    return [{ kind: 'lost', text: `${id}: there was a queue of ${missed.join(', ')}, and it was not routed there` }];
  const found = [...page.handlers].flatMap(([handler, at]) => {
    const fate = fates[handler] ?? 'handled';
    return [
      ...lossFindings(page, handler, at),
      ...endFindings(id, handler, at, fate, rules),
      ...repeats(page, handler, at),
      ...letterRepeats(page, handler, at),
    ];
  });
  return [...found, ...idFindings(page)];
}

/** However often a message is sent, tried, given up and put back: it is one message. */
function idFindings({ event, messageIds }: EventPage): Finding[] {
  if (messageIds.size <= 1 && !messageIds.has(undefined)) return [];
  return [{ kind: 'message id', text: `${event.id} was seen under several: ${[...messageIds].join(', ')}` }];
}

function lossFindings(page: EventPage, handler: string, at: HandlerPage): Finding[] {
  if (!page.isOwed || at.isSettled) return [];
  return [
    { kind: 'lost', text: `${page.event.id} was acknowledged, and never settled at ${handler}: ${lastSeen(page, at)}` },
  ];
}

function lastSeen(page: EventPage, { delivered }: HandlerPage): string {
  const last = delivered.at(-1);
  const published = `published at ${Math.round(page.publishedAt)} ms`;
  if (!last) return `${published}, never delivered`;
  return `${published}, delivered ${delivered.length} times, last at ${Math.round(last.at)} ms to ${last.instance}`;
}

/** Why an event of each fate may be a dead letter. */
const reasonOf: Readonly<Record<Fate, string | undefined>> = {
  handled: undefined,
  failed: 'failed',
  invalid: 'invalid',
  mended: 'failed',
  poison: 'poison',
  'handled or failed': 'failed',
  'handled or poison': 'poison',
};

function endFindings(id: string, handler: string, at: HandlerPage, fate: Fate, rules: AuditRules): Finding[] {
  const found: Finding[] = [];
  const wrong = (text: string): void => void found.push({ kind: 'wrong end', text: `${id} at ${handler}: ${text}` });
  if (at.handledAt.length > 0 && (fate === 'failed' || fate === 'invalid' || fate === 'poison'))
    wrong('was handled, which cannot be');
  for (const { reason } of at.deadLetters) {
    if (reason === 'poison' && rules.allowsPoison) continue;
    if (reason !== reasonOf[fate]) wrong(`is a dead letter (${reason}), but was to be ${fate}`);
  }
  return found;
}

function repeats(page: EventPage, handler: string, { delivered, begun }: HandlerPage): Finding[] {
  // Who was told that a publish failed may publish again, and one that was sent twice comes twice.
  if (page.mayBeTwice || page.outcome === 'rejected') return [];
  const untold = begun.filter((isFlagged) => !isFlagged).length;
  if (untold > 1)
    return [
      { kind: 'unflagged repeat', text: `${page.event.id} ran ${untold} times at ${handler}, which was not told` },
    ];
  const unmarked = delivered.filter(({ redelivered }) => !redelivered);
  return [...new Set(unmarked.map(attemptOf))].flatMap((attempt) => {
    const unflagged = unmarked.filter((one) => attemptOf(one) === attempt);
    if (unflagged.length < 2) return [];
    const times = unflagged.map(({ at, instance }) => `${Math.round(at)} ms at ${instance}`).join(', ');
    const text = `${page.event.id} came to ${handler} ${unflagged.length} times for ${attempt} without a flag: ${times}`;
    return [{ kind: 'unflagged repeat' as const, text }];
  });
}

/** Attempts are counted, and counted anew after each replay: each comes once, or else with a mark. */
function attemptOf({ failures, replayOf }: Delivered): string {
  return `attempt ${failures + 1}${replayOf === undefined ? '' : ` after the replay of ${replayOf}`}`;
}

/** A copy of an event that may be there twice says so, and is a dead letter that says so. */
function letterRepeats(page: EventPage, handler: string, { deadLetters }: HandlerPage): Finding[] {
  const unmarked = deadLetters.filter(({ isMarked }) => !isMarked);
  if (page.mayBeTwice || page.outcome === 'rejected' || page.event.fates[handler] === 'mended') return [];
  if (unmarked.length < 2) return [];
  const text = `${page.event.id} is ${unmarked.length} dead letters of ${handler}, of which nothing marks the second`;
  return [{ kind: 'unflagged repeat', text }];
}

function orderFindings(handler: string, order: readonly OrderEntry[], ledger: Ledger): Finding[] {
  const found: Finding[] = [];
  const last = new Map<string, OrderEntry>();
  for (const entry of order.toSorted((one, other) => one.at - other.at)) {
    // Nobody knows when the broker took an event whose publisher gave up.
    const page = ledger.events.get(entry.id);
    // One that was given up and put back comes behind those that it had held up.
    if (page?.outcome === 'rejected' || page?.event.fates[handler] === 'mended') continue;
    const before = last.get(entry.key);
    if (before && before.sequence > entry.sequence)
      found.push({ kind: 'order', text: `${handler}, key ${entry.key}: ${entry.id} was handled after ${before.id}` });
    else last.set(entry.key, entry);
  }
  return found;
}

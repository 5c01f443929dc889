import { expect, test } from 'vitest';
import { Counters } from './counters.ts';

test('counts by name and subject, and adds up over subjects', () => {
  const counters = new Counters();
  counters.count('events_retried', 'orders.ship');
  counters.count('events_retried', 'orders.ship');
  counters.count('events_retried', 'orders.log');
  counters.count('connections_lost');
  expect(counters.total('events_retried')).toBe(3);
  expect(counters.total('events_retried', 'orders.ship')).toBe(2);
  expect(counters.total('events_retried', 'orders.none')).toBe(0);
  expect(counters.total('never')).toBe(0);
  expect(JSON.parse(JSON.stringify(counters))).toEqual({
    events_retried: { 'orders.ship': 2, 'orders.log': 1 },
    connections_lost: { '': 1 },
  });
});

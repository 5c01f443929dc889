import { expect, test } from 'vitest';
import { parseChaosArguments } from './chaos-arguments.ts';

const read = (...args: string[]) => parseChaosArguments(args, () => 7);

test('without arguments every ring is run once, with a random seed', () => {
  expect(read()).toEqual({
    rings: ['engine', 'proxy', 'rabbitmq'],
    seed: 7,
    minutes: undefined,
    durationMs: undefined,
    trace: undefined,
  });
});

test('a ring, a seed and a time are taken', () => {
  expect(read('--ring', 'engine', '--seed', '12', '--minutes', '2.5', '--duration', '900')).toMatchObject({
    rings: ['engine'],
    seed: 12,
    minutes: 2.5,
    durationMs: 900,
  });
});

test('what is no option, no ring or no number is refused, with what there is', () => {
  expect(() => read('--ring', 'redis')).toThrow(/no such ring/);
  expect(() => read('--seed', 'x')).toThrow(/--seed x: expected a number/);
  expect(() => read('--speed')).toThrow(/Unknown option '--speed'.*npm run chaos --/s);
});

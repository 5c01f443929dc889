import { describe, expect, test } from 'vitest';
import { durationSchema } from './duration-schema.ts';
import { durationMs, durationText, parseDurationMs, type Duration } from './duration.ts';
import { UsageError } from './errors.ts';

describe('a duration', () => {
  test.each<[Duration, number]>([
    [0, 0],
    [250, 250],
    [0.5, 0.5],
    ['250ms', 250],
    ['10s', 10_000],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['1d', 86_400_000],
    ['0s', 0],
  ])('%j is %d milliseconds', (duration, ms) => {
    expect(durationMs(duration)).toBe(ms);
    expect(parseDurationMs(duration)).toBe(ms);
    expect(durationSchema.parse(duration)).toBe(ms);
  });

  test('may have blanks around it', () => {
    expect(parseDurationMs(' 10s ')).toBe(10_000);
  });

  test.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    '10',
    's',
    '10 s',
    '-1s',
    '+1s',
    '.5s',
    '1e3ms',
    '10S',
    '1w',
    '10s5m',
    null,
    undefined,
    true,
    10n,
    {},
  ])('is not %s', (wrong) => {
    expect(parseDurationMs(wrong)).toBeUndefined();
    expect(durationSchema.safeParse(wrong).success).toBe(false);
  });

  test('that is none is refused with its place and the forms there are', () => {
    expect(() => durationMs('10x' as Duration, 'rpc.timeout')).toThrow(UsageError);
    expect(() => durationMs('10x' as Duration, 'rpc.timeout')).toThrow(
      `rpc.timeout: "10x" is not a duration; write a number of milliseconds, or text such as '250ms', '10s', '5m'`,
    );
    expect(durationSchema.safeParse('10x').error?.issues).toMatchObject([
      { message: "expected a duration (milliseconds, or text such as '250ms', '10s', '5m')" },
    ]);
  });
});

test.each([
  [0, '0ms'],
  [973, '973ms'],
  [999.6, '1s'],
  [1000, '1s'],
  [1909, '1.9s'],
  [59_949, '59.9s'],
  [59_999, '1m'],
  [113_000, '1m 53s'],
  [3_599_600, '1h'],
  [5_400_000, '1h 30m'],
  [86_399_000, '1d'],
  [604_800_000, '7d'],
  [90_000_000, '1d 1h'],
])('%d milliseconds are written as %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

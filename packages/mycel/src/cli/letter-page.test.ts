import { describe, expect, test } from 'vitest';
import { sampleLetter } from '../../../../tests/support/sample-letter.ts';
import { letterAsJson } from './letter-json.ts';
import { letterPage, quoted } from './letter-page.ts';

const now = Date.UTC(2026, 0, 1, 4);

describe('the page of a dead letter', () => {
  test('shows all that is known, and what one can do', () => {
    const problems = [
      { path: 'items[0].price', message: 'must be a number' },
      { path: '', message: 'is too much' },
    ];
    const { error } = sampleLetter();
    const letter = sampleLetter({ error: { ...error, problems }, replays: 2 });
    expect(letterPage(letter, now, { reach: ' --broker amqp://b/' })).toEqual([
      '4f9c1d2e-0000-4000-8000-000000000000  stock.onSold  failed after 5 attempts, 3h ago',
      '',
      'RangeError: no stock',
      '    at stock.ts:1:1',
      '  items[0].price  must be a number',
      '  (all)           is too much',
      '',
      'error code    NO_STOCK',
      'first failed  2026-01-01T00:00:00.000Z (4h ago)',
      'last failed   2026-01-01T01:00:00.000Z (3h ago)',
      'instance      stock-1 on box:12 version 1.4.2',
      'published to  shop.events, routing key sold',
      'queue         evt-shop-sold--stock.onSold',
      'message id    m-1',
      'call stack    web.page.1 > shop.sell.2',
      'replayed      2 times',
      '',
      'payload (application/json, 12 bytes)',
      '{',
      '  "id": "a-1"',
      '}',
      '',
      'put it back:  mycel dead-letters replay 4f9c1d2e-0000-4000-8000-000000000000 --broker amqp://b/',
      'delete it:    mycel dead-letters drop 4f9c1d2e-0000-4000-8000-000000000000 --broker amqp://b/',
    ]);
  });

  test('cuts what is long, unless all is wanted', () => {
    const stack = `E: x\n${'    at somewhere\n'.repeat(30)}`;
    const payload = { lines: Array.from({ length: 100 }, (_, index) => index), text: 'x'.repeat(5000) };
    const letter = sampleLetter({ error: { type: 'E', message: 'x', stack }, payload });
    const cut = letterPage(letter, now);
    expect(cut).toContain('    … 19 more lines (--full)');
    expect(cut).toContain('    … 65 more lines (--full)');
    const full = letterPage(letter, now, { full: true });
    expect(full.filter((line) => line === '    at somewhere')).toHaveLength(30);
    expect(full).toContain(`  "text": "${'x'.repeat(5000)}"`);
    const long = letterPage(sampleLetter({ payload: 'x'.repeat(5000) }), now).find((line) => line.startsWith('"xx'));
    expect(long).toBe(`"${'x'.repeat(1999)}… (3,002 more characters: --full)`);
  });

  test('shows a body that cannot be read as text, if it is text', () => {
    const page = (body: Buffer): string[] => letterPage({ ...sampleLetter(), payload: undefined, body }, now);
    expect(page(Buffer.from('{"id": \u001b'))).toContain('{"id": ?');
    expect(page(Buffer.from([0xff, 0xfe]))).toContain('(not text; show --json has it in base64)');
  });

  test('says of each reason what it is', () => {
    const first = (letter: Parameters<typeof sampleLetter>[0]): string | undefined =>
      letterPage(sampleLetter(letter), now)[0]?.split('  ').at(-1);
    expect(first({ attempts: 1 })).toBe('failed after 1 attempt, 3h ago');
    expect(first({ reason: 'invalid' })).toBe('invalid, 3h ago');
    expect(first({ reason: 'poison' })).toBe('poison: those who took it ended, 3h ago');
  });
});

test('as JSON a letter has its payload, or its body', () => {
  const letter = { ...sampleLetter(), payload: { at: new Date(0) } };
  expect(letterAsJson(letter)).toMatchObject({ id: letter.id, payload: { at: '1970-01-01T00:00:00.000Z' } });
  expect(letterAsJson(letter)).not.toHaveProperty('body');
  const unread = (body: Buffer) => letterAsJson({ ...letter, payload: undefined, body });
  expect(unread(Buffer.from('text'))).toMatchObject({ text: 'text' });
  expect(unread(Buffer.from([0xff]))).toMatchObject({ base64: '/w==' });
});

test('words are quoted where a shell would read them otherwise', () => {
  expect([quoted('a-1'), quoted('a b'), quoted("it's"), quoted('')]).toEqual([
    'a-1',
    "'a b'",
    String.raw`'it'\''s'`,
    "''",
  ]);
});

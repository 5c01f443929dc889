import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { TopicIndex } from './topic-index.ts';

interface Pattern {
  readonly routingKey: string;
  readonly arguments: Record<string, never>;
}

const pattern = (routingKey: string): Pattern => ({ routingKey, arguments: {} });

/** The rule, written as it is told. */
function isMatch(words: readonly string[], key: readonly string[]): boolean {
  const [word, ...others] = words;
  if (word === undefined) return key.length === 0;
  if (word === '#') return isMatch(others, key) || (key.length > 0 && isMatch(words, key.slice(1)));
  return key.length > 0 && (word === '*' || word === key[0]) && isMatch(others, key.slice(1));
}

const wordsOf = (text: string): string[] => (text === '' ? [] : text.split('.'));
const texts = (...words: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...words), { maxLength: 5 }).map((chosen) => chosen.join('.'));
const patterns = texts('a', 'b', '*', '#', '');
const keys = texts('a', 'b', 'c', '', '*', '#');

let index: TopicIndex<Pattern>;

beforeEach(() => {
  index = new TopicIndex();
});

function found(...routingKeys: readonly string[]): string[] {
  const matches: string[] = [];
  index.match(routingKeys, {}, { add: ({ routingKey }) => matches.push(routingKey) });
  return matches.toSorted();
}

describe('TopicIndex', () => {
  it.each([
    ['a.b', ['a.b']],
    ['a.*', ['a.b', 'a.', 'a.*']],
    ['*', ['a', '*', '#']],
    ['#', ['', 'a', 'a.b', '.', 'a..b']],
    ['a.#', ['a', 'a.b', 'a.b.c', 'a.']],
    ['#.b', ['b', 'a.b', 'a.a.b']],
    ['*.#', ['a', 'a.b', '.']],
    ['#.*', ['a', 'a.b', '.']],
    ['a.#.b', ['a.b', 'a.c.b', 'a.b.b']],
    ['', ['']],
    ['*.*', ['.', 'a.b']],
    ['a.', ['a.']],
  ])('leads through %j for %j and no other key', (routingKey, leading) => {
    index.add(pattern(routingKey));
    const all = ['', 'a', 'b', 'a.b', 'a.c.b', 'a.b.b', 'a.b.c', 'a.a.b', 'a..b', '.', 'a.', 'c.d.e', '*', '#', 'a.*'];
    const expected = all.filter((key) => isMatch(wordsOf(routingKey), wordsOf(key)));
    expect(all.filter((key) => found(key).length > 0)).toEqual(expected);
    expect(expected).toEqual(expect.arrayContaining(leading));
  });

  it('takes stars and hashes in a key for words', () => {
    for (const routingKey of ['a', 'a.b', '*.b']) index.add(pattern(routingKey));
    expect(found('*')).toEqual([]);
    expect(found('#.b')).toEqual(['*.b']);
  });

  it('finds what the rule says, after any bindings came and went', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(patterns, fc.boolean())), fc.array(keys), (bound, published) => {
        index = new TopicIndex();
        const bindings = bound.map(([routingKey, stays]) => ({ ...pattern(routingKey), stays }));
        for (const binding of bindings) index.add(binding);
        for (const key of published) found(key);
        for (const binding of bindings) if (!binding.stays) index.remove(binding);
        const left = bindings.filter(({ stays }) => stays).map(({ routingKey }) => routingKey);
        for (const key of published) {
          const expected = left.filter((routingKey) => isMatch(wordsOf(routingKey), wordsOf(key)));
          expect(found(key)).toEqual(expected.toSorted());
        }
      }),
    );
  });

  it('holds each binding once for a key, however many ways lead to it', () => {
    index.add(pattern('#.#.a.#.#'));
    expect(found('a.a.a')).toEqual(['#.#.a.#.#']);
  });

  it('looks through every key it is given', () => {
    for (const routingKey of ['a.*', 'b']) index.add(pattern(routingKey));
    expect(found('a.x', 'c', 'b')).toEqual(['a.*', 'b']);
  });

  it('sees bindings that are made after a key was seen', () => {
    expect(found('a')).toEqual([]);
    const binding = pattern('*');
    index.add(binding);
    expect(found('a')).toEqual(['*']);
    index.remove(binding);
    expect(found('a')).toEqual([]);
  });

  it('goes on finding when more keys were seen than it remembers', () => {
    index.add(pattern('#'));
    for (let at = 0; at < 3000; at++) expect(found(`key.${at}`)).toEqual(['#']);
  });

  it('is not slowed down by a pattern of many hashes', () => {
    // Tried way by way, this would not end in a lifetime: 60 hashes have more than 10^30 ways to share 120 words.
    const routingKey = `${'#.a.'.repeat(60)}b`;
    index.add(pattern(routingKey));
    expect(found('a.'.repeat(120).slice(0, -1))).toEqual([]);
    expect(found(`${'a.'.repeat(120)}b`)).toEqual([routingKey]);
  });
});

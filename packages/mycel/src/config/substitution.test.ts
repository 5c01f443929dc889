import { describe, expect, test } from 'vitest';
import { substitute } from './substitution.ts';

const environment: Record<string, string> = { HOST: 'rabbit', EMPTY: '', PORT: '5672' };
const put = (text: string) => substitute(text, (variable) => environment[variable]);

describe('substitute', () => {
  test.each([
    ['plain', 'plain'],
    ['${HOST}', 'rabbit'],
    ['amqp://${HOST}:${PORT}/', 'amqp://rabbit:5672/'],
    ['${NONE:fallback}', 'fallback'],
    ['${NONE:}', ''],
    ['${NONE:amqp://guest:guest@localhost}', 'amqp://guest:guest@localhost'],
    ['${EMPTY:fallback}', ''],
    ['${NONE:${HOST}}', 'rabbit'],
    ['${NONE:${NEITHER:a{b}c}-${PORT}}', 'a{b}c-5672'],
    ['${HOST:${NEITHER}}', 'rabbit'],
    ['${ HOST }', 'rabbit'],
    ['$${HOST}', '${HOST}'],
    ['$$${HOST}', '$${HOST}'],
    ['${HOST}$${x}', 'rabbit${x}'],
    ['cost: 5$ {a}', 'cost: 5$ {a}'],
  ])('turns %j into %j', (text, expected) => {
    expect(put(text)).toMatchObject({ text: expected, problems: [] });
  });

  test.each([
    ['${NONE}', /NONE is not set/],
    ['a ${NONE:${NEITHER}}', /NEITHER is not set/],
    ['${HOST', /no closing brace/],
    ['${}', /names no variable/],
    ['${1A}', /names no variable/],
    ['${A-B}', /names no variable/],
  ])('says what is wrong with %j', (text, problem) => {
    expect(put(text).problems).toEqual([expect.stringMatching(problem)]);
  });

  test.each([
    ['${PORT}', true],
    ['${NONE:{a}}', true],
    ['${HOST}${PORT}', false],
    [' ${PORT}', false],
    ['$${PORT}', false],
  ])('tells whether %j is one variable as a whole', (text, isWhole) => {
    expect(put(text).isWhole).toBe(isWhole);
  });

  test('names the variables that were asked for', () => {
    expect(put('${NONE:${HOST}} ${PORT:${EMPTY}}').variables).toEqual(['NONE', 'HOST', 'PORT']);
  });
});

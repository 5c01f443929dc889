import { describe, expect, test } from 'vitest';
import { sampleLetter } from '../../../../tests/support/sample-letter.ts';
import { LetterNotReplayedError } from '../transport/letter-not-replayed-error.ts';
import { filterOf } from './letter-options.ts';
import { createProgram } from './program.ts';
import { describeStaying, describeWork, workAsJson } from './work-report.ts';

/** Reads a command line; gives the options of the command, or why it is refused. */
async function read(...words: string[]): Promise<unknown> {
  let chosen = false;
  const program = createProgram(async () => void (chosen = true));
  let error = '';
  const letters = program.commands.find((command) => command.name() === 'dead-letters');
  for (const command of letters?.commands ?? []) command.configureOutput({ writeErr: (text) => (error += text) });
  await program.parseAsync(['dead-letters', ...words], { from: 'user' }).catch(() => {});
  const command = letters?.commands.find((one) => one.name() === words[0]);
  return chosen ? command?.opts() : error.split('\n')[0];
}

describe('mycel dead-letters', () => {
  test('reads filters, limits and rates', async () => {
    const options = await read(
      ...'drop -s stock -m onSold -r poison -e TypeError --older-than 1h --newer-than 2d -n 5 --rate 30/m --yes'.split(
        ' ',
      ),
    );
    expect(options).toMatchObject({ service: 'stock', limit: 5, rate: 0.5, yes: true });
    // What was read above are the options of the command.
    expect(filterOf(options as Parameters<typeof filterOf>[0])).toEqual({
      service: 'stock',
      method: 'onSold',
      reason: 'poison',
      error: 'TypeError',
      olderThanMs: 3_600_000,
      newerThanMs: 172_800_000,
    });
    expect(await read('replay', '--all', '--rate', '50', '--yes')).toMatchObject({ rate: 50 });
  });

  test.each([
    ['replay', /say which to replay: ids, filters/],
    ['drop --yes', /say which to drop/],
    ['drop --json --yes', /say which to drop/],
    ['replay x --all', /not several of them/],
    ['replay x --service s', /not several of them/],
    ['replay --all --service s', /leave it out/],
    ['replay --all', /nobody is there to be asked/],
    ['drop x y', /nobody is there to be asked/],
    ['drop --all --rate 0/s', /Write it as '50\/s'/],
    ['drop --all --rate 5/d', /Write it as '50\/s'/],
    ['drop --all --limit 0', /whole number, 1 or more/],
    ['list --older-than yesterday', /Write it as '30s'/],
    ['list --reason bad', /Allowed choices are failed, invalid, poison/],
  ])('refuses "%s"', async (line, message) => {
    expect(await read(...line.split(' '))).toMatch(message);
  });

  test.each(['replay x', 'drop x --json', 'replay --all --dry-run', 'drop --older-than 0s --yes', 'replay x y --yes'])(
    'takes "%s"',
    async (line) => {
      expect(await read(...line.split(' '))).toBeTypeOf('object');
    },
  );
});

describe('what was done with dead letters', () => {
  const gone = (id: string, method: string) => ({
    letter: sampleLetter({ id, method }),
    error: new LetterNotReplayedError('the queue is gone'),
  });
  const done = {
    kept: 3,
    replayed: 1,
    dropped: 0,
    missed: 2,
    failed: [gone('a', 'm'), gone('b', 'm'), gone('c', 'n')],
  };

  test('is told in a line, and a line for each handler whose letters stay', () => {
    expect(describeWork(done, 'replay', false)).toBe('replayed 1 dead letter; 2 more were in other hands');
    expect(describeWork({ ...done, missed: 0 }, 'drop', true)).toBe('interrupted: dropped 0 dead letters');
    expect(describeStaying(done)).toEqual([
      'mycel: 2 dead letters stay (stock.m): the queue is gone',
      'mycel: 1 dead letter stays (stock.n): the queue is gone',
    ]);
  });

  test('is told as JSON', () => {
    expect(JSON.parse(workAsJson(done, false))).toMatchObject({
      replayed: 1,
      kept: 3,
      missed: 2,
      interrupted: false,
      failed: [{ id: 'a', service: 'stock', method: 'm', error: 'the queue is gone' }, { id: 'b' }, { id: 'c' }],
    });
  });
});

import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { putLetters } from '../../../../tests/support/dead-letters.ts';
import { MemoryBroker } from '../testing/memory-broker.ts';
import { MemoryTransport } from '../testing/memory-transport.ts';
import { lookAtLetters, lookForLetters } from './letters-look.ts';
import type { OpenedLetters } from './open-letters.ts';
import { ProgressLine } from './progress-line.ts';

let opened: OpenedLetters;
let stop: AbortController;
let written: string[];

beforeEach(async () => {
  const broker = new MemoryBroker();
  await putLetters(
    broker,
    ['a-1', 'b-1', 'a-2'].map((id) => ({ id, service: id.slice(0, 1) })),
  );
  const transport = new MemoryTransport({ broker });
  onTestFinished(() => transport.close());
  stop = new AbortController();
  written = [];
  let now = 0;
  const terminal = { isTTY: true, columns: 200, write: (text: string) => written.push(text) };
  const progress = new ProgressLine(terminal, () => (now += 1000));
  opened = { letters: transport.deadLetters, target: 'memory', signal: stop.signal, progress };
});

const none = { define: [] };

describe('a look at the dead letters', () => {
  test('takes those that fit, up to the limit, and says whether there may be more', async () => {
    const ids: string[] = [];
    const take = ({ id }: { readonly id: string }) => ids.push(id);
    expect(await lookAtLetters(opened, { ...none, service: 'a' }, take)).toMatchObject({ count: 3, isCutShort: false });
    expect(ids.splice(0)).toEqual(['a-1', 'a-2']);
    expect(await lookAtLetters(opened, { ...none, limit: 2 }, take)).toMatchObject({ count: 3, isCutShort: true });
    expect(ids.splice(0)).toEqual(['a-1', 'b-1']);
    expect(await lookAtLetters(opened, { ...none, limit: 3 }, take)).toMatchObject({ isCutShort: false });
  });

  test('that somebody ends is cut short', async () => {
    const looked = await lookAtLetters(opened, none, () => stop.abort());
    expect(looked).toMatchObject({ count: 3, isCutShort: true });
  });

  test.each([
    ['by filters', () => lookAtLetters(opened, none, () => {})],
    ['by ids', () => lookForLetters(opened, ['b', 'a-1'])],
  ])('%s shows how far it is, and leaves nothing of that on the terminal', async (_by, look) => {
    await look();
    expect(written.join('')).toContain('looked at 2 of 3 dead letters');
    expect(written.at(-1)).toBe('\r\x1b[K');
  });
});

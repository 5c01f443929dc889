import { describe, expect, test } from 'vitest';
import { Gate } from './gate.ts';

describe('a gate', () => {
  test('lets so many through at once, and the others in their order', () => {
    const opened: string[] = [];
    const gate = new Gate<string>(2, (name) => opened.push(name));
    for (const name of ['a', 'b', 'c', 'd']) gate.enter(name);
    expect(opened).toEqual(['a', 'b']);
    gate.leave();
    expect(opened).toEqual(['a', 'b', 'c']);
    gate.leave();
    gate.leave();
    gate.leave();
    gate.enter('e');
    gate.enter('f');
    gate.enter('g');
    expect(opened).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  test('keeps the order of those that come while others are let through', () => {
    const opened: string[] = [];
    const gate: Gate<string> = new Gate<string>(2, (name) => {
      opened.push(name);
      if (name !== 'b') return;
      gate.leave();
      gate.enter('d');
    });
    for (const name of ['a1', 'a2', 'b', 'c']) gate.enter(name);
    gate.leave();
    gate.leave();
    expect(opened).toEqual(['a1', 'a2', 'b', 'c', 'd']);
  });

  test('bears with any number that leave as soon as they are let through', () => {
    let opened = 0;
    const gate: Gate<number> = new Gate<number>(1, () => {
      opened += 1;
      if (opened > 1) gate.leave();
    });
    for (let number = 0; number < 20_000; number++) gate.enter(number);
    gate.leave();
    expect(opened).toBe(20_000);
    gate.enter(1);
    expect(opened).toBe(20_001);
  });
});

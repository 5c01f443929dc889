import { beforeEach, describe, expect, test } from 'vitest';
import { Lanes } from './lanes.ts';

interface Item {
  readonly name: string;
  isGone: boolean;
}

let begun: string[];
let lanes: Lanes<string, Item>;

const enter = (key: string, name: string): Item => {
  const item = { name, isGone: false };
  lanes.enter(key, item);
  return item;
};

beforeEach(() => {
  begun = [];
  lanes = new Lanes(({ name }) => begun.push(name));
});

describe('lanes', () => {
  test('give one of each key its turn, and the next when it has left', () => {
    for (const name of ['a1', 'b1', 'a2', 'b2', 'a3']) enter(name.charAt(0), name);
    expect(begun).toEqual(['a1', 'b1']);
    lanes.leave('a');
    expect(begun).toEqual(['a1', 'b1', 'a2']);
    lanes.leave('a');
    lanes.leave('b');
    expect(begun).toEqual(['a1', 'b1', 'a2', 'a3', 'b2']);
  });

  test('keep nothing of a key that is not in use', () => {
    enter('a', 'a1');
    lanes.leave('a');
    expect(lanes.size).toBe(0);
    enter('a', 'a2');
    expect(begun).toEqual(['a1', 'a2']);
  });

  test('pass over those that are gone', () => {
    enter('a', 'a1');
    enter('a', 'a2').isGone = true;
    enter('a', 'a3').isGone = true;
    enter('a', 'a4');
    lanes.leave('a');
    expect(begun).toEqual(['a1', 'a4']);
    enter('a', 'a5').isGone = true;
    lanes.leave('a');
    expect(lanes.size).toBe(0);
  });

  test('bear with any number of one key that leave as soon as it is their turn', () => {
    let begun = 0;
    const quick: Lanes<string, Item> = new Lanes(() => {
      begun += 1;
      if (begun > 1) quick.leave('a');
    });
    for (let number = 0; number < 20_000; number++) quick.enter('a', { name: 'a', isGone: false });
    quick.leave('a');
    expect(begun).toBe(20_000);
    expect(quick.size).toBe(0);
  });

  test('that are closed give nobody a turn, and tell when the last one that had it has left', () => {
    let isIdle = false;
    for (const name of ['a1', 'b1', 'a2']) enter(name.charAt(0), name);
    lanes.close(() => (isIdle = true));
    enter('c', 'c1');
    lanes.leave('a');
    expect(isIdle).toBe(false);
    lanes.leave('b');
    expect(isIdle).toBe(true);
    expect(begun).toEqual(['a1', 'b1']);
  });

  test('that are idle when they are closed tell so at once', () => {
    let isIdle = false;
    lanes.close(() => (isIdle = true));
    expect(isIdle).toBe(true);
  });
});

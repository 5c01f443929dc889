import { expect, test } from 'vitest';
import type { Segment } from './rich-marks.ts';
import { readSlot, SlotWalk } from './slot-walk.ts';

function found(value: object, path: readonly Segment[]): unknown[] {
  const values: unknown[] = [];
  new SlotWalk(100).every(value, path, (container, key) => values.push(readSlot(container, key)) > 0);
  return values;
}

test('a path leads by property, by index, and by null to every element or property', () => {
  const value = { rows: [{ a: 1 }, { b: 2 }, null, { a: 3 }], byId: { x: 4, y: 5 } };
  expect(found(value, ['rows', 3, 'a'])).toEqual([3]);
  expect(found(value, ['rows', null, 'a'])).toEqual([1, 3]);
  expect(found(value, ['byId', null])).toEqual([4, 5]);
});

test.each<[string, object, Segment[]]>([
  ['an inherited property', {}, ['toString']],
  ['a prototype', {}, ['__proto__']],
  ['an index beyond the array', [1], [1]],
  ["an array's length", [1], ['length']],
  ['an index written as text', [1], ['0']],
  ['an index into an object', { 0: 1 }, [0]],
  ['bytes', [Uint8Array.of(1, 2)], [0, null]],
  ['an instance of a class', [Object.assign(new Date(0), { own: 1 })], [0, 'own']],
])('a path does not lead to %s', (_, value, path) => {
  expect(found(value, path)).toEqual([]);
});

test('a walk ends when its steps are used up, over all its paths', () => {
  const walk = new SlotWalk(3);
  expect(walk.every([1, 2], [null], () => true)).toBe(true);
  expect(walk.exhausted).toBe(false);
  expect(walk.every([1, 2], [null], () => true)).toBe(false);
  expect(walk.exhausted).toBe(true);
});

test('a walk ends when a visitor says so', () => {
  const seen: unknown[] = [];
  const visit = (_: object, key: string | number) => seen.push(key) < 2;
  expect(new SlotWalk(100).every([7, 8, 9], [null], visit)).toBe(false);
  expect(seen).toEqual([0, 1]);
});

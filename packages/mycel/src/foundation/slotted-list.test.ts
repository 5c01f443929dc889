import { expect, test } from 'vitest';
import { SlottedList, type Slotted } from './slotted-list.ts';

interface Named extends Slotted {
  readonly name: string;
}

function listOf(...names: string[]): { list: SlottedList<Named>; members: Named[] } {
  const list = new SlottedList<Named>();
  const members = names.map((name) => ({ name, slot: 0 }));
  for (const member of members) list.add(member);
  return { list, members };
}

const namesIn = (list: SlottedList<Named>): string[] => list.members.map(({ name }) => name).toSorted();

test('members can be removed in any order', () => {
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 0, 2],
    [1, 2, 0],
  ]) {
    const { list, members } = listOf('a', 'b', 'c');
    const left = new Set(['a', 'b', 'c']);
    for (const index of order) {
      const member = members[index] as Named;
      list.remove(member);
      left.delete(member.name);
      expect(namesIn(list)).toEqual([...left]);
    }
  }
});

test('removing a member twice removes no other', () => {
  const { list, members } = listOf('a', 'b', 'c');
  list.remove(members[2] as Named);
  list.remove(members[2] as Named);
  expect(list.members.map(({ slot }) => slot)).toEqual([0, 1]);
  expect(namesIn(list)).toEqual(['a', 'b']);
});

test('what was cleared is handed out, and its later removal does nothing', () => {
  const { list, members } = listOf('a', 'b');
  expect(list.clear()).toEqual(members);
  list.add({ name: 'c', slot: 0 });
  list.remove(members[1] as Named);
  expect(list.members.map(({ name, slot }) => [name, slot])).toEqual([['c', 0]]);
});

import { describe, expect, it } from 'vitest';
import { ConsumerRing, type RingMember } from './consumer-ring.ts';

class Member implements RingMember<Member> {
  readonly name: string;
  readonly priority: number;
  canTake = true;
  timesAsked = 0;
  previous: Member | undefined;
  next: Member | undefined;
  isInRing = false;

  constructor(name: string, priority = 0) {
    this.name = name;
    this.priority = priority;
  }

  isReady(): boolean {
    this.timesAsked++;
    return this.canTake;
  }
}

function ringOf(...members: Member[]): ConsumerRing<Member> {
  const ring = new ConsumerRing<Member>();
  for (const member of members) ring.add(member);
  return ring;
}

function turns(ring: ConsumerRing<Member>, count: number): string {
  return Array.from({ length: count }, () => ring.turn()?.name ?? '-').join('');
}

describe('ConsumerRing', () => {
  it('gives everyone a turn, one after the other', () => {
    expect(turns(ringOf(new Member('a'), new Member('b'), new Member('c')), 7)).toBe('abcabca');
  });

  it('serves those of higher priority while one of them is ready', () => {
    const [low, high, higher] = [new Member('l', -1), new Member('h'), new Member('H', 5)];
    const ring = ringOf(low, high, higher);
    expect(turns(ring, 2)).toBe('HH');
    higher.canTake = false;
    expect(turns(ring, 2)).toBe('hh');
    high.canTake = false;
    low.canTake = false;
    expect(turns(ring, 1)).toBe('-');
  });

  it('asks one who is not ready no more, until it is added again behind the others', () => {
    const [a, b, c] = [new Member('a'), new Member('b'), new Member('c')];
    const ring = ringOf(a, b, c);
    b.canTake = false;
    expect(turns(ring, 4)).toBe('acac');
    expect([b.timesAsked, b.isInRing]).toEqual([1, false]);
    b.canTake = true;
    ring.add(b);
    ring.add(b);
    expect(turns(ring, 4)).toBe('acba');
  });

  it('serves each of many priorities in its order, whoever comes and goes meanwhile', () => {
    const members = Array.from({ length: 40 }, (_, at) => new Member(`${at} `, (at * 7) % 13));
    const waiting: Member[] = [];
    const ring = new ConsumerRing<Member>();
    for (let step = 0; step < 2000; step++) {
      const member = members[(step * step + 11) % members.length]!;
      if (step % 3 === 0) {
        ring.remove(member);
        if (waiting.includes(member)) waiting.splice(waiting.indexOf(member), 1);
      } else if (!waiting.includes(member)) {
        ring.add(member);
        waiting.push(member);
      }
      const highest = Math.max(...waiting.map(({ priority }) => priority));
      const next = waiting.find(({ priority }) => priority === highest);
      expect(ring.turn()?.name).toBe(next?.name);
      if (next) waiting.push(...waiting.splice(waiting.indexOf(next), 1));
    }
  });

  it('looks at few of many priorities to find the place of one', () => {
    let looks = 0;
    const counted = (priority: number): Member => {
      const looked = { valueOf: () => (looks++, priority) };
      // It is compared as a number, and says so each time.
      return new Member('m', looked as unknown as number);
    };
    const ring = new ConsumerRing<Member>();
    const members = Array.from({ length: 4096 }, (_, at) => counted((at * 1471) % 4096));
    for (const member of members) ring.add(member);
    for (const member of members) ring.remove(member);
    expect(looks / members.length).toBeLessThan(100);
  });

  it('lets anyone leave at any time', () => {
    const [a, b, c] = [new Member('a'), new Member('b'), new Member('c')];
    const ring = ringOf(a, b, c);
    ring.remove(b);
    ring.remove(b);
    expect(turns(ring, 3)).toBe('aca');
    ring.remove(a);
    ring.remove(c);
    expect(turns(ring, 1)).toBe('-');
    ring.add(b);
    expect(turns(ring, 2)).toBe('bb');
  });
});

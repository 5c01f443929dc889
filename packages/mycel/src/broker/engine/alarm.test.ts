import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../../tests/support/manual-clock.ts';
import { Alarm } from './alarm.ts';

function setUp(): { clock: ManualClock; alarm: Alarm; rings: number[] } {
  const clock = new ManualClock(0);
  const rings: number[] = [];
  const alarm = new Alarm(clock, () => rings.push(clock.now()));
  return { clock, alarm, rings };
}

describe('Alarm', () => {
  it('rings at the earliest of the times it was set to, by one timer', () => {
    const { clock, alarm, rings } = setUp();
    alarm.setTo(50);
    alarm.setTo(20);
    alarm.setTo(80);
    expect(clock.timerCount).toBe(1);
    clock.advance(100);
    expect(rings).toEqual([20]);
  });

  it('can be set again when it has rung', () => {
    const { clock, alarm, rings } = setUp();
    alarm.setTo(20);
    clock.advance(20);
    alarm.setTo(30);
    clock.advance(20);
    expect(rings).toEqual([20, 30]);
  });

  it('does not ring before a time between two milliseconds', () => {
    const { clock, alarm, rings } = setUp();
    alarm.setTo(20.4);
    clock.advance(30);
    expect(rings).toEqual([21]);
  });

  it('stays silent when it was stopped', () => {
    const { clock, alarm, rings } = setUp();
    alarm.setTo(20);
    alarm.stop();
    clock.advance(100);
    expect([rings, clock.timerCount]).toEqual([[], 0]);
    alarm.setTo(150);
    clock.advance(100);
    expect(rings).toEqual([150]);
  });
});

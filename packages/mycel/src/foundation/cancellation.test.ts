import { describe, expect, test } from 'vitest';
import { Cancellation, type CancelSignal } from './cancellation.ts';

describe('a cancellation', () => {
  test('tells its listeners once, with the first reason', () => {
    const cancellation = new Cancellation();
    const seen: unknown[] = [];
    const listener = (): void => void seen.push(cancellation.reason);
    cancellation.addEventListener('abort', listener);
    cancellation.addEventListener('abort', listener);
    expect(cancellation.aborted).toBe(false);
    cancellation.abort('first');
    cancellation.abort('second');
    expect(seen).toEqual(['first']);
    expect(cancellation).toMatchObject({ aborted: true, reason: 'first' });
  });

  test('does not tell a listener that was removed, or that came too late', () => {
    const cancellation = new Cancellation();
    const seen: string[] = [];
    const removed = (): void => void seen.push('removed');
    cancellation.addEventListener('abort', removed);
    cancellation.removeEventListener('abort', removed);
    cancellation.abort('x');
    cancellation.addEventListener('abort', () => seen.push('late'));
    expect(seen).toEqual([]);
  });

  test('can stand where an AbortSignal stands', () => {
    const signals: CancelSignal[] = [new Cancellation(), new AbortController().signal];
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
  });
});

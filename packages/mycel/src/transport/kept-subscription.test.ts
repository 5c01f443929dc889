import { describe, expect, test } from 'vitest';
import { deferred } from '../foundation/deferred.ts';
import { KeptSubscription } from './kept-subscription.ts';
import type { Subscription } from './subscription.ts';

function noting(): { steps: string[]; subscription: Subscription } {
  const steps: string[] = [];
  const note = (step: string) => async (): Promise<void> => void steps.push(step);
  return { steps, subscription: { stop: note('stopped'), close: note('closed') } };
}

describe('a subscription kept for a container', () => {
  test('is opened at the start, deaf once nothing more is taken, and closed at the stop', async () => {
    const { steps, subscription } = noting();
    const kept = new KeptSubscription(async () => {
      steps.push('opened');
      return subscription;
    });
    kept.setup();
    expect(steps).toEqual([]);
    await kept.start();
    await kept.stopTaking();
    expect(steps).toEqual(['opened', 'stopped']);
    await kept.stop();
    expect(steps).toEqual(['opened', 'stopped', 'closed']);
  });

  test('is closed when it is killed, even if it is not open yet', async () => {
    const { steps, subscription } = noting();
    const opening = deferred<Subscription>();
    const kept = new KeptSubscription(() => opening.promise);
    const started = kept.start();
    kept.kill();
    expect(steps).toEqual([]);
    opening.resolve(subscription);
    await started;
    expect(steps).toEqual(['closed']);
  });

  test('fails the start if it cannot be opened, and can be ended all the same', async () => {
    const kept = new KeptSubscription(() => Promise.reject(new Error('refused')));
    await expect(kept.start()).rejects.toThrow('refused');
    kept.kill();
  });

  test('can be ended before it was opened', async () => {
    const kept = new KeptSubscription(() => Promise.reject(new Error('never asked')));
    await kept.stopTaking();
    await kept.stop();
    kept.kill();
  });
});

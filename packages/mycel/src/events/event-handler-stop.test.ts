import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startServices } from '../../../../tests/support/memory-services.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { service } from '../core/service.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { EventCaller } from './event-caller.ts';
import { eventHandler } from './event-handler.ts';

forbidUnhandledRejections();

let steps: Steps;
let gate: Deferred<void>;

async function slowly(name: string): Promise<void> {
  steps.note(`${name} began`);
  await gate.promise;
  steps.note(`${name} ended`);
}

@service('pooled')
class Pooled {
  @eventHandler('s', 't', { prefetch: 2 }) async on(name: string): Promise<void> {
    await slowly(name);
  }
}

@service('broadcasting')
class Broadcasting {
  @eventHandler('s', 't', { mode: 'broadcast', prefetch: 2 }) async on(name: string): Promise<void> {
    await slowly(name);
  }
}

/** Starts one instance with one worker, which is busy with `first` while `second` waits for it. */
async function startBusy(handling: typeof Pooled) {
  steps = new Steps();
  gate = deferred();
  const services = await startServices([handling], { maxWorkers: 1 });
  const events = new EventCaller({ transport: services.transport.events });
  await events.dispatch('s', 't', 'first');
  await events.dispatch('s', 't', 'second');
  await steps.until('first began');
  return services;
}

describe('an event that waits for a worker while its instance stops', () => {
  test('goes to another instance', async () => {
    const { runner, broker } = await startBusy(Pooled);
    const stopped = runner.stop();
    await startServices([Pooled], { broker });
    await steps.until('second began');
    expect(steps.taken).toEqual(['first began', 'second began']);
    gate.resolve();
    await stopped;
  });

  test('is still handled here, if it was broadcast to this instance and nobody keeps it', async () => {
    const { runner } = await startBusy(Broadcasting);
    const stopped = runner.stop();
    await setImmediate(); // in memory a stop waits for nothing else before it hands back what waits
    gate.resolve();
    await stopped;
    expect(steps.taken).toEqual(['first began', 'first ended', 'second began', 'second ended']);
  });
});

test('an event whose instance is killed goes to another', async () => {
  const { runner, broker } = await startBusy(Pooled);
  await runner.kill();
  gate.resolve();
  await startServices([Pooled], { broker });
  await steps.until('second ended');
  expect(steps.taken.filter((step) => step === 'first began')).toHaveLength(2);
});

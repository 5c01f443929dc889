import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { deferred } from '../foundation/deferred.ts';
import type { EventTransport, PublishResult } from '../transport/event-transport.ts';
import { EventCaller } from './event-caller.ts';

setFlagsFromString('--expose-gc');
// The collector of this process, which takes nothing and gives nothing here.
const collectGarbage = runInNewContext('gc') as () => void;

it('an event that waits for its broker does not hold the value that it was made of', async () => {
  const confirmed = deferred<PublishResult>();
  // A caller of events does nothing else with it.
  const transport = { publish: () => confirmed.promise } as unknown as EventTransport;
  const caller = new EventCaller({ transport });
  const dispatch = (): [Promise<PublishResult>, WeakRef<object>] => {
    const payload = { id: 1 };
    return [caller.dispatch('shop', 'sold', payload), new WeakRef(payload)];
  };
  const [dispatching, payload] = dispatch();
  await expect
    .poll(() => {
      collectGarbage();
      return payload.deref() === undefined;
    })
    .toBe(true);
  confirmed.resolve({ routed: true });
  expect(await dispatching).toEqual({ routed: true });
});

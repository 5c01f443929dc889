import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startServices } from '../../../../tests/support/memory-services.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { defineEvent } from '../core/event-definition.ts';
import { workerContext } from '../core/context-dependencies.ts';
import { service } from '../core/service.ts';
import { workerFactory } from '../testing/worker-factory.ts';
import { EventCaller } from './event-caller.ts';
import { eventDispatcher } from './event-dispatcher.ts';
import { InvalidPayloadError } from './event-errors.ts';
import { eventHandler } from './event-handler.ts';

const Foreign = defineEvent('elsewhere', 'happened', z.object({ at: z.string().default('now') }));
const Checked = defineEvent(
  'elsewhere',
  'checked',
  z.string().refine(async (text) => text !== 'taken', 'is taken'),
);

let steps: Steps;

@service('sender')
class Sender {
  dispatch = eventDispatcher();
  context = workerContext();

  @eventHandler('trigger', 'own') async own(): Promise<void> {
    this.context.data['language'] = 'de';
    const { routed } = await this.dispatch('done', { n: 1 }, { headers: { tenant: 't1' } });
    const lost = await this.dispatch('nobody.listens', null);
    steps.note(`routed ${routed} ${lost.routed}`);
  }
  @eventHandler('trigger', 'foreign') async foreign(): Promise<void> {
    await this.dispatch(Foreign, {});
  }
}

@service('receiver')
class Receiver {
  context = workerContext();

  @eventHandler('sender', 'done') done(payload: unknown): void {
    const [first] = this.context.callIdStack;
    steps.note(`done ${JSON.stringify(payload)} ${JSON.stringify(this.context.data)} ${first?.split('.')[0]}`);
  }
  @eventHandler('elsewhere', 'happened') raw(payload: unknown): void {
    steps.note(`raw ${JSON.stringify(payload)}`);
  }
}

async function start() {
  steps = new Steps();
  const { transport } = await startServices([Sender, Receiver]);
  return new EventCaller({ transport: transport.events });
}

describe('a dispatcher', () => {
  test("sends events of its own service with the worker's context, and says whether they found a queue", async () => {
    const outside = await start();
    await outside.dispatch('trigger', 'own', null);
    await steps.until('routed true false');
    await steps.until('done {"n":1} {"language":"de","tenant":"t1"} sender');
  });

  test('sends a declared event in the name of the service that declares it, as it was given', async () => {
    const outside = await start();
    await outside.dispatch('trigger', 'foreign', null);
    await steps.until('raw {}');
  });

  test('rejects a payload that does not fit the schema before anything is sent', async () => {
    const outside = await start();
    const error = await outside.dispatch(Foreign, { at: 1 as unknown as string }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InvalidPayloadError);
    expect(error).toMatchObject({ source: 'elsewhere', type: 'happened', problems: [{ path: 'at' }] });
    await expect(outside.dispatch(Checked, 'taken')).rejects.toThrow('is taken');
    await expect(outside.dispatch(Checked, 'free')).resolves.toEqual({ routed: false });
  });

  test('rejects what cannot be the type of an event, and what cannot be sent', async () => {
    const outside = await start();
    await expect(outside.dispatch('s', 'a.*', null)).rejects.toThrow('words with dots between them');
    await expect(outside.dispatch('s', '', null)).rejects.toThrow('words with dots between them');
    await expect(outside.dispatch('s', 't', () => 1)).rejects.toMatchObject({ code: 'MYCEL_UNSERIALISABLE' });
  });

  test('can be any function in a test', async () => {
    const sent: unknown[] = [];
    const worker = workerFactory(Sender, {
      dispatch: (type: string, payload: unknown) => sent.push([type, payload]),
      context: { data: {} },
    });
    steps = new Steps();
    const silent = workerFactory(Sender, { dispatch: () => {}, context: { data: {} } });
    await silent.own();
    expect(steps.taken).toEqual(['routed true true']);
    await worker.foreign();
    expect(sent).toEqual([[Foreign, {}]]);
  });
});

import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startServices } from '../../../../tests/support/memory-services.ts';
import { defineEvent } from '../core/event-definition.ts';
import { service } from '../core/service.ts';
import { rpc } from '../rpc/rpc.ts';
import type { EventTransport, OutboundEvent } from '../transport/event-transport.ts';
import { EventCaller } from './event-caller.ts';
import { eventDispatcher } from './event-dispatcher.ts';
import { eventHandler } from './event-handler.ts';

@service('sender')
class Sender {
  usual = eventDispatcher();
  strict = eventDispatcher({ strictRouting: true });
  lenient = eventDispatcher({ strictRouting: false });

  @rpc async send(how: 'usual' | 'strict' | 'lenient', types: readonly string[]): Promise<unknown[]> {
    const outcomes: unknown[] = [];
    for (const type of types) {
      // An error has a code; it is what tells them apart here.
      const outcome = await this[how](type, null).catch(({ code, source }: { code: string; source: string }) => [
        code,
        source,
      ]);
      outcomes.push(Array.isArray(outcome) ? outcome : outcome.routed);
    }
    return outcomes;
  }
}

@service('receiver')
class Receiver {
  @eventHandler('sender', 'heard') heard(): void {}
}

async function start(sections: Record<string, unknown> = {}) {
  const { caller, logs } = await startServices([Sender, Receiver], { sections });
  const send = (how: string, ...types: string[]): Promise<unknown> =>
    caller.call('sender', 'send', { args: [how, types], kwargs: {} });
  const warnings = (): unknown[] => logs.filter(({ level }) => level === 'warn').map(({ message }) => message);
  return { send, warnings };
}

const notRouted = ['MYCEL_EVENT_NOT_ROUTED', 'sender'];

describe('an event that nobody handles', () => {
  test('is logged once per type, with what to do', async () => {
    const { send, warnings } = await start();
    expect(await send('usual', 'lost', 'heard', 'lost', 'gone', 'lost')).toEqual([false, true, false, false, false]);
    expect(warnings()).toEqual([
      expect.stringMatching(/nobody handles event 'lost' of sender.*'mycel services'/),
      expect.stringMatching(/nobody handles event 'gone' of sender/),
    ]);
  });

  test('is logged by each dispatcher', async () => {
    const { send, warnings } = await start();
    await send('usual', 'lost');
    await send('lenient', 'lost');
    expect(warnings()).toHaveLength(2);
  });

  test('is an error where the dispatcher is strict', async () => {
    const { send, warnings } = await start();
    expect(await send('strict', 'lost', 'heard', 'lost')).toEqual([notRouted, true, notRouted]);
    expect(warnings()).toEqual([]);
  });

  test('is an error where the configuration says so, unless the dispatcher says otherwise', async () => {
    const { send } = await start({ events: { strict_routing: true } });
    expect(await send('usual', 'lost', 'heard')).toEqual([notRouted, true]);
    expect(await send('lenient', 'lost')).toEqual([false]);
  });
});

describe('an event', () => {
  test('is volatile if its definition or its dispatch says so', async () => {
    const sent: OutboundEvent[] = [];
    // Only its publish is used.
    const transport = {
      publish: async (event: OutboundEvent) => (sent.push(event), { routed: true }),
    } as Partial<EventTransport> as EventTransport;
    const events = new EventCaller({ transport });
    const Moved = defineEvent('mouse', 'moved', z.null(), { volatile: true });
    const Clicked = defineEvent('mouse', 'clicked', z.null());
    await events.dispatch(Moved, null);
    await events.dispatch(Moved, null, { volatile: false });
    await events.dispatch(Moved, null, { headers: {} });
    await events.dispatch(Clicked, null);
    await events.dispatch(Clicked, null, { volatile: true });
    await events.dispatch('mouse', 'gone', null, { volatile: true });
    expect(sent.map(({ volatile = false }) => volatile)).toEqual([true, false, true, false, true, true]);
  });
});

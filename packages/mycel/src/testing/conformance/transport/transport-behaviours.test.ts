import { expect, it } from 'vitest';
import { hurry } from '../../../../../../tests/support/hurried-clock.ts';
import { MemoryBroker } from '../../memory-broker.ts';
import { MemoryTransport } from '../../memory-transport.ts';
import type { EventTransport } from '../../../transport/event-transport.ts';
import type { RpcTransport } from '../../../transport/rpc-transport.ts';
import type { Transport } from '../../../transport/transport.ts';
import { emptyContext } from '../../../transport/wire-context.ts';
import type { TransportBehaviour } from './transport-behaviour.ts';
import { transportBehaviours } from './transport-behaviours.ts';
import type { TransportSubject } from './transport-subject.ts';

/** What replaces methods of a sound transport. */
interface Fault {
  readonly rpc?: (sound: RpcTransport) => Partial<RpcTransport>;
  readonly events?: (sound: EventTransport) => Partial<EventTransport>;
  readonly transport?: (sound: Transport) => Partial<Transport>;
}

function broken(sound: Transport, fault: Fault): Transport {
  const { rpc, events } = sound;
  return {
    name: sound.name,
    capabilities: sound.capabilities,
    open: () => sound.open(),
    close: () => sound.close(),
    rpc: {
      serve: (...given) => rpc.serve(...given),
      prepareCalls: () => rpc.prepareCalls(),
      call: (call) => rpc.call(call),
      ...fault.rpc?.(rpc),
    },
    events: {
      prepare: (source) => events.prepare(source),
      publish: (event) => events.publish(event),
      subscribe: (...given) => events.subscribe(...given),
      ...fault.events?.(events),
    },
    ...fault.transport?.(sound),
  };
}

const faults: readonly [behaviour: string, Fault][] = [
  [
    'a call carries dates there and back',
    {
      rpc: (rpc) => ({
        call: (call) => rpc.call({ ...call, args: JSON.parse(JSON.stringify(call.args)) as unknown[] }),
      }),
    },
  ],
  ['a call carries arguments by name', { rpc: (rpc) => ({ call: (call) => rpc.call({ ...call, kwargs: {} }) }) }],
  [
    'the context of a call brings data of many kinds',
    { rpc: (rpc) => ({ call: (call) => rpc.call({ ...call, context: { callIdStack: [], data: {} } }) }) },
  ],
  [
    'the headers of a caller arrive in the data of the context',
    { rpc: (rpc) => ({ call: (call) => rpc.call({ ...call, headers: undefined }) }) },
  ],
  [
    'a call that is not answered in time fails, naming service, method and time',
    { rpc: (rpc) => ({ call: (call) => rpc.call({ ...call, timeoutMs: call.timeoutMs + 100 }) }) },
  ],
  [
    'a call that is aborted on its way fails with the reason',
    { rpc: (rpc) => ({ call: (call) => rpc.call({ ...call, signal: undefined, timeoutMs: 200 }) }) },
  ],
  [
    'the callee hears that its caller has given up',
    {
      rpc: (rpc) => ({
        serve: (service, options, handle) =>
          rpc.serve(service, options, (call) => handle({ ...call, canceller: undefined })),
        call: (call) => rpc.call({ ...call, timeoutMs: 200 }),
      }),
    },
  ],
  [
    'an instance with a prefetch of 3 has as many calls in hand, and no more',
    { rpc: (rpc) => ({ serve: (service, _options, handle) => rpc.serve(service, { prefetch: 4 }, handle) }) },
  ],
  [
    'an error arrives with its code and data',
    {
      rpc: (rpc) => ({
        serve: (service, options, handle) =>
          rpc.serve(service, options, async (call) => {
            const settlement = await handle(call);
            if (settlement.kind !== 'error') return settlement;
            const { mycel: _lost, ...error } = settlement.error;
            return { kind: 'error', error };
          }),
      }),
    },
  ],
  [
    'a call that is dropped gets no answer, and does not come again',
    {
      rpc: (rpc) => ({
        serve: (service, options, handle) =>
          rpc.serve(service, options, async (call) => {
            const settlement = await handle(call);
            return settlement.kind === 'drop' && !call.redelivered ? { kind: 'requeue' } : settlement;
          }),
      }),
    },
  ],
  [
    'a service that stops is given nothing new, and what comes goes to another instance',
    {
      rpc: (rpc) => ({
        serve: async (...given) => {
          const subscription = await rpc.serve(...given);
          return { stop: async () => {}, close: () => subscription.close() };
        },
      }),
    },
  ],
  [
    'every call has a correlation id of its own',
    { rpc: (rpc) => ({ call: (call) => ({ ...promisesOf(rpc.call(call)), correlationId: 'same' }) }) },
  ],
  [
    'calls that are pending when their transport closes fail',
    {
      transport: () => ({ close: async () => {} }),
      rpc: (rpc) => ({ call: (call) => rpc.call({ ...call, timeoutMs: 200 }) }),
    },
  ],
  [
    'an event that its handler requeues comes again, marked, as it was',
    {
      events: (events) => ({
        subscribe: (subscriber, handle) =>
          events.subscribe(subscriber, (event) =>
            handle(event.redelivered ? { ...event, context: emptyContext } : event),
          ),
      }),
    },
  ],
  [
    'an event that nobody handles is not routed',
    { events: (events) => ({ publish: async (event) => ({ ...(await events.publish(event)), routed: true }) }) },
  ],
  [
    'events of one publisher arrive in their order, from the first on',
    {
      events: (events) => ({
        publish: async (event) => {
          if (event.payload === 0) await new Promise((resolve) => setImmediate(resolve));
          return events.publish(event);
        },
      }),
    },
  ],
  [
    'two thousand events at once arrive, each once',
    {
      events: (events) => ({
        publish: async (event) => {
          if (event.payload === 7) await events.publish(event);
          return events.publish(event);
        },
      }),
    },
  ],
  [
    'a reliable broadcast: every instance of each service gets an event',
    {
      events: (events) => ({
        subscribe: (subscriber, handle) => events.subscribe({ ...subscriber, mode: 'service-pool' }, handle),
      }),
    },
  ],
  [
    'a reliable singleton: one instance of all services gets an event',
    {
      events: (events) => ({
        subscribe: (subscriber, handle) => events.subscribe({ ...subscriber, mode: 'service-pool' }, handle),
      }),
    },
  ],
  [
    'an event that was acknowledged does not come again',
    {
      events: (events) => ({
        subscribe: (subscriber, handle) =>
          events.subscribe(subscriber, async (event) => {
            await handle(event);
            return new Promise(() => {});
          }),
      }),
    },
  ],
  [
    "a handler of 'item.*' gets the types that match, and no others",
    {
      events: (events) => ({
        subscribe: (subscriber, handle) => events.subscribe({ ...subscriber, type: '#' }, handle),
      }),
    },
  ],
];

function promisesOf<T extends { readonly sent: unknown; readonly reply: unknown }>({
  sent,
  reply,
}: T): Pick<T, 'sent' | 'reply'> {
  return { sent, reply };
}

function named(name: string): TransportBehaviour {
  const behaviour = transportBehaviours.find((each) => each.name === name);
  if (!behaviour) throw new Error('there is no such behaviour');
  return behaviour;
}

/** Transports with a fault. */
function faulty(fault: Fault): TransportSubject {
  const { capabilities } = new MemoryTransport();
  return {
    capabilities: {
      ...capabilities,
      discovery: true,
      connectionLoss: true,
      unreadableMessages: true,
      unreachableBroker: true,
    },
    createWorld: async () => {
      const broker = new MemoryBroker();
      const create = async (): Promise<Transport> => broken(new MemoryTransport({ broker }), fault);
      return { create, [Symbol.asyncDispose]: async () => {} };
    },
  };
}

it.each(faults)('the behaviour "%s" fails on a transport that does not show it', async (name, fault) => {
  const behaviour = named(name);
  // Some of them wait in vain, which takes its time.
  await hurry(() => expect(behaviour.run(faulty(fault))).rejects.toThrow());
});

it.each([
  ['8 s', {}],
  ['0.05 s', { patienceMs: 50 }],
])('a behaviour waits %s for what must come to a subject with %o', async (time, patience) => {
  const behaviour = named('events of one publisher arrive in their order, from the first on');
  const losing = faulty({ events: () => ({ publish: async () => ({ routed: true }) }) });
  await hurry(() => expect(behaviour.run({ ...losing, ...patience })).rejects.toThrow(`waited ${time} in vain for`));
});

// #region transport
import type { OutboundCall, OutboundEvent, PendingCall, PublishResult, Transport } from 'mycel/transport';

/** Counts what goes out over another transport. */
export function counting(inner: Transport): Transport & { readonly sent: { calls: number; events: number } } {
  const sent = { calls: 0, events: 0 };
  return {
    sent,
    name: inner.name,
    capabilities: inner.capabilities,
    open: () => inner.open(),
    close: () => inner.close(),
    health: () => inner.health?.() ?? { ready: true, state: 'open' },
    rpc: {
      serve: (service, options, handle) => inner.rpc.serve(service, options, handle),
      prepareCalls: () => inner.rpc.prepareCalls(),
      call: (call: OutboundCall): PendingCall => {
        sent.calls += 1;
        return inner.rpc.call(call);
      },
    },
    events: {
      prepare: (source) => inner.events.prepare(source),
      subscribe: (subscriber, handle) => inner.events.subscribe(subscriber, handle),
      publish: (event: OutboundEvent): Promise<PublishResult> => {
        sent.events += 1;
        return inner.events.publish(event);
      },
    },
  };
}
// #endregion transport

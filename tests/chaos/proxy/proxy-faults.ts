import type { FaultProxy, StepCut } from '../../support/fault-proxy.ts';
import type { Fault, FaultMenu } from '../plan/fault-plan.ts';

/** What may break on the way to a broker. */
export type NetworkFaultKind =
  | 'cut before'
  | 'cut after'
  | 'cut'
  | 'cut on one side'
  | 'cut in the middle'
  | 'frozen'
  | 'refused'
  | 'slow';

export type ProxyFaultKind =
  | NetworkFaultKind
  | 'connections closed'
  | 'queue deleted'
  | 'exchange deleted'
  | 'replay'
  | 'instance stops'
  | 'instance crashes';

const steps = {
  'basic.publish': 'to broker',
  'basic.ack': 'to broker',
  'basic.nack': 'to broker',
  'basic.consume': 'to broker',
  'queue.declare': 'to broker',
  'confirm.select': 'to broker',
  'channel.open': 'to broker',
  'basic.deliver': 'to client',
  'basic.return': 'to client',
  'basic.consume-ok': 'to client',
  'queue.declare-ok': 'to client',
  'connection.tune': 'to client',
} as const satisfies Partial<Record<StepCut['method'], StepCut['direction']>>;

type StepName = keyof typeof steps;

/** The faults of the proxy's ring, for so many proxies. */
export function proxyMenu(targets: number): FaultMenu<ProxyFaultKind> {
  return {
    weights: {
      'cut before': 5,
      'cut after': 5,
      cut: 2,
      'cut on one side': 2,
      'cut in the middle': 3,
      frozen: 3,
      refused: 2,
      slow: 2,
      'connections closed': 1,
      'queue deleted': 1,
      'exchange deleted': 1,
      replay: 2,
      'instance stops': 1,
      'instance crashes': 1,
    },
    targets,
    everyMs: 500,
    longestMs: 4000,
    steps: Object.keys(steps),
  };
}

/** Breaks the way through one proxy. */
export function breakProxy(proxy: FaultProxy, { kind, forMs, step, skip = 0 }: Fault<NetworkFaultKind>): void {
  const later = (end: () => void): void => void setTimeout(end, forMs).unref();
  switch (kind) {
    case 'cut before':
    case 'cut after': {
      // The menu has no others.
      const method = step as StepName;
      return proxy.cutAtStep({
        method,
        direction: steps[method],
        when: kind === 'cut before' ? 'before' : 'after',
        skip,
      });
    }
    case 'cut':
      return proxy.cut();
    case 'cut on one side':
      proxy.cutClients();
      return later(() => proxy.buryOrphans());
    case 'cut in the middle':
      return proxy.cutAfterBytes(forMs % 2 === 0 ? 'to broker' : 'to client', forMs);
    case 'frozen':
      proxy.freeze();
      return later(() => proxy.thaw());
    case 'refused':
      proxy.refuse();
      proxy.cut();
      return later(() => proxy.accept());
    case 'slow':
      proxy.slow(20_000);
      return later(() => proxy.slow());
  }
}

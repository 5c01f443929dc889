import type { InboundCall } from '../../packages/mycel/src/transport/rpc-transport.ts';
import { emptyContext } from '../../packages/mycel/src/transport/wire-context.ts';

/** A call of a method as a transport hands it over: without arguments or a deadline, unless a test says otherwise. */
export function inboundCall(method: string, more: Partial<InboundCall> = {}): InboundCall {
  return {
    method,
    args: [],
    kwargs: {},
    context: emptyContext,
    timeoutMs: undefined,
    redelivered: false,
    fromMycel: true,
    canceller: undefined,
    ...more,
  };
}

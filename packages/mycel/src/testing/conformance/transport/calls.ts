import { strictEqual } from 'node:assert/strict';
import { deferred } from '../../../foundation/deferred.ts';
import type {
  CallReply,
  CallSettlement,
  InboundCall,
  OutboundCall,
  PendingCall,
} from '../../../transport/rpc-transport.ts';
import type { Subscription } from '../../../transport/subscription.ts';
import type { Transport } from '../../../transport/transport.ts';
import { emptyContext } from '../../../transport/wire-context.ts';
import { Inbox } from './inbox.ts';
import type { Stage } from './stage.ts';
import { patienceMs } from '../within.ts';

/** The service that behaviours call if nothing else is said. */
export const lab = 'lab';

/** Calls the service `lab` without arguments, unless told otherwise. */
export function call(from: Transport, method: string, given: Partial<OutboundCall> = {}): PendingCall {
  const usual = { service: lab, args: [], kwargs: {}, context: emptyContext, timeoutMs: patienceMs() };
  return from.rpc.call({ ...usual, method, ...given });
}

/** Calls, and resolves with the value of the answer. */
export async function valueOf(from: Transport, method: string, given: Partial<OutboundCall> = {}): Promise<unknown> {
  const reply = await call(from, method, given).reply;
  strictEqual(reply.ok, true, 'the answer is an error');
  // What is not true is an error: checked above.
  return (reply as { readonly value: unknown }).value;
}

/** How a service is served. */
export interface Serving {
  readonly service?: string;
  readonly prefetch?: number;
}

/** A service that runs, and the calls that have come to it. */
export interface ServedCalls {
  readonly calls: Inbox<InboundCall>;
  readonly subscription: Subscription;
}

/** The settlement that answers a call. */
export function answer(value: unknown): CallSettlement {
  return { kind: 'reply', value };
}

/** Serves `lab`, answering each call with its first argument unless told otherwise. */
export async function serve(
  on: Transport,
  handle: (call: InboundCall) => CallSettlement | Promise<CallSettlement> = ({ args }) => answer(args[0]),
  { service = lab, prefetch = 10 }: Serving = {},
): Promise<ServedCalls> {
  const calls = new Inbox<InboundCall>(`the calls to ${service}`);
  const subscription = await on.rpc.serve(service, { prefetch }, async (inbound) => {
    calls.add(inbound);
    return handle(inbound);
  });
  return { calls, subscription };
}

/** A call that waits to be settled. */
export interface HeldCall {
  readonly inbound: InboundCall;
  readonly settle: (settlement: CallSettlement) => void;
}

/** A service that settles nothing by itself. */
export interface HoldingService {
  readonly held: Inbox<HeldCall>;
  readonly subscription: Subscription;
}

/** Serves `lab` and keeps every call in hand until the behaviour settles it. */
export async function hold(on: Transport, serving: Serving = {}): Promise<HoldingService> {
  const held = new Inbox<HeldCall>(`the calls to ${serving.service ?? lab}`);
  const { subscription } = await serve(
    on,
    (inbound) => {
      const settled = deferred<CallSettlement>();
      held.add({ inbound, settle: settled.resolve });
      return settled.promise;
    },
    serving,
  );
  return { held, subscription };
}

/** Lets the queue of `lab` be, with no instance running. */
export async function leaveQueue(stage: Stage): Promise<void> {
  const gone = await stage.transport();
  const { subscription } = await serve(gone);
  await subscription.stop();
  await subscription.close();
}

export function methodsOf(calls: Inbox<InboundCall>): string[] {
  return calls.items.map(({ method }) => method);
}

/** The reply that an answered call resolves with. */
export function success(value: unknown): CallReply {
  return { ok: true, value };
}

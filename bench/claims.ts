import { setTimeout as delay } from 'node:timers/promises';
import { BenchProcess } from './bench-process.ts';
import { type ContenderPlan, namesOf, settingsOf } from './contender.ts';
import { HeldProxy } from './held-proxy.ts';
import { deleteFromBroker, messagesLeft } from './queue-state.ts';

/** What is long enough for anything that does not wait for what is held back. */
const heldMs = 500;
const trialMs = 10_000;
const trials = 200;
/** Below every prefetch but Moleculer's own of 1, which is fetched one by one. */
const unacknowledged = 5;

export interface ClaimsOptions {
  readonly uri: string;
  readonly prefetch: number;
}

/**
 * Tries what a contender is said to do, on processes of its own; throws an `Error` at the first thing that is not so: every
 * reply is the one to its call, an event is resolved by a confirm, a message is acknowledged once it was handled.
 */
export async function checkClaims(plan: ContenderPlan, options: ClaimsOptions): Promise<void> {
  const { claims } = plan;
  if (claims === undefined) return;
  await withProcesses(plan, options, async ({ server, serverProxy, client, clientProxy, served }) => {
    await tryReplies(plan, client);
    if (plan.isEvents) {
      clientProxy.hold();
      const { settled } = await client.ask('trial', { count: 1, waitMs: heldMs });
      expect(plan, 'an event waits for the broker', claims.confirms, settled === 0);
      clientProxy.release();
    }
    serverProxy.hold();
    await client.ask('trial', { count: unacknowledged, waitMs: heldMs });
    // They are resolved when the broker has them, or before: the server has not handled them yet.
    await delay(heldMs);
    await server.kill();
    serverProxy.cut();
    expect(plan, 'what was not acknowledged comes back', claims.acks, (await messagesLeft(options.uri, served)) > 0);
  });
}

async function tryReplies(plan: ContenderPlan, client: BenchProcess): Promise<void> {
  const { settled, echoed } = await client.ask('trial', { count: trials, waitMs: trialMs });
  const right = plan.isEvents ? settled : echoed;
  if (right !== trials) throw new Error(`${plan.name}: of ${trials} calls ${settled} were answered, ${echoed} rightly`);
}

function expect({ name }: ContenderPlan, what: string, claimed: boolean | undefined, seen: boolean): void {
  if (claimed !== seen) throw new Error(`${name}: ${what}: said to be ${String(claimed)}, is ${String(seen)}`);
}

interface Running {
  readonly server: BenchProcess;
  readonly serverProxy: HeldProxy;
  readonly client: BenchProcess;
  readonly clientProxy: HeldProxy;
  /** The queue that the server consumes. */
  readonly served: string;
}

/** Runs a server and a client of a contender, each by way of a proxy, until `use` is done. */
async function withProcesses(
  plan: ContenderPlan,
  { uri, prefetch }: ClaimsOptions,
  use: (running: Running) => Promise<void>,
): Promise<void> {
  await using serverProxy = await HeldProxy.start(uri);
  await using clientProxy = await HeldProxy.start(uri);
  const settings = settingsOf(plan, uri, prefetch);
  const names = namesOf(plan, settings.id);
  const processes: BenchProcess[] = [];
  try {
    const server = await BenchProcess.start(plan.server, { ...settings, uri: serverProxy.uri });
    processes.unshift(server);
    const client = await BenchProcess.start(plan.client, { ...settings, uri: clientProxy.uri });
    processes.unshift(client);
    await use({ server, serverProxy, client, clientProxy, served: names.served });
  } finally {
    // They may hold what can never be settled now.
    for (const process of processes) await process.kill();
    await deleteFromBroker(uri, names);
  }
}

// Publishes before, while and after its broker stands still: started by stalled.ts, which stops the broker's traffic.
import { once } from 'node:events';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { connect, type StandaloneClient } from 'mycel';
import { AmqpTransport } from 'mycel/amqp';
import { type StallNews, type StallOutcomes, type StallPlan, stallSource, type StallTurn } from './stall-messages.ts';

const warmUpEvents = 20_000;
/** Longer than `amqp.publish_timeout`, so that those who wait are told, and publish more. */
const stallSeconds = 12;
const eventsATurn = 1000;

// Written by stalled.ts.
const plan = JSON.parse(process.argv[2] ?? '{}') as StallPlan;
const filling = 'x'.repeat(plan.payloadSize);
const outcomes: StallOutcomes = { confirmed: 0, refused: 0, givenUp: 0 };
let published = 0;
let peakBytes = 0;

/** Who waits for nothing has all of it sent in the end: that is what the drain is about. */
const timeout = plan.inFlight === undefined ? { publishTimeout: '10m' as const } : {};
const bus = await connect(new AmqpTransport({ uri: plan.uri, ...timeout }));

function tell(news: StallNews): void {
  process.send?.(news);
}

async function told(expected: StallTurn): Promise<void> {
  const [said] = await once(process, 'message');
  if (said !== expected) throw new Error(`expected ${expected}, not ${String(said)}`);
}

function publish(client: StandaloneClient): Promise<void> {
  published += 1;
  return client.dispatch(stallSource, 'made', { id: published, filling }).then(
    () => void outcomes.confirmed++,
    (error: { readonly code?: string; readonly bound?: string }) => {
      if (error.code === 'MYCEL_PUBLISH_BUFFER' && error.bound !== 'age') outcomes.refused += 1;
      else outcomes.givenUp += 1;
    },
  );
}

/** So many lanes, each with one event at a time, until as many are published. */
async function publishAwaited(lanes: number, upTo: number): Promise<void> {
  const lane = async (): Promise<void> => {
    while (published < upTo) await publish(bus);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function publishUnawaited(upTo: number): Promise<void> {
  while (published < upTo) {
    void publish(bus);
    if (published % eventsATurn === 0) await turn();
  }
}

function settled(): number {
  return outcomes.confirmed + outcomes.refused + outcomes.givenUp;
}

async function collected(): Promise<NodeJS.MemoryUsage> {
  for (let round = 0; round < 3; round++) {
    await delay(50);
    globalThis.gc?.();
  }
  return process.memoryUsage();
}

const mebibytes = (bytes: number): number => bytes / 2 ** 20;

await publishAwaited(100, warmUpEvents);
Object.assign(outcomes, { confirmed: 0, refused: 0, givenUp: 0 });
published = 0;
const before = await collected();
const watch = setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())), 10);
const cpuBefore = process.cpuUsage();
tell({ kind: 'ready' });
await told('frozen');
const publishing =
  plan.inFlight === undefined ? publishUnawaited(plan.events) : publishAwaited(plan.inFlight, plan.events);
await (plan.inFlight === undefined ? publishing : delay(stallSeconds * 1000));
peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
const waiting = published;
const thawed = told('thawed');
tell({ kind: 'stalled' });
await thawed;
const thawedAt = performance.now();
while (settled() < waiting) await delay(1);
const drainSeconds = (performance.now() - thawedAt) / 1000;
await publishing;
while (settled() < plan.events) await delay(1);
const { user, system } = process.cpuUsage(cpuBefore);
clearInterval(watch);
const after = await collected();
tell({
  kind: 'done',
  report: {
    ...outcomes,
    cpuSeconds: (user + system) / 1e6,
    beforeMiB: mebibytes(before.rss),
    peakMiB: mebibytes(peakBytes),
    afterMiB: mebibytes(after.rss),
    leftHeapMiB: mebibytes(after.heapUsed - before.heapUsed),
    drainSeconds,
  },
});
await told('end');
await bus.close();
process.disconnect();

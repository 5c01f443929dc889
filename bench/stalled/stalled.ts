import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'amqplib';
import { FaultProxy } from '../../tests/support/fault-proxy.ts';
import { freshVhost } from '../../tests/support/rabbit.ts';
import { type StallNews, type StallPlan, type StallReport, stallSource, type StallTurn } from './stall-messages.ts';

/** What publishing to a broker that stands still costs, in one way of doing it. */
export interface Stall extends StallReport {
  readonly way: string;
  readonly events: number;
  /** By how much memory may grow. */
  readonly boundMiB: number;
}

type Way = Omit<StallPlan, 'uri'>;

/** The defaults of `amqp.publish_window_bytes` and `amqp.publish_buffer_bytes`. */
const mostHeldMiB = 16 + 64;
/** V8's young generation is three times 16 MiB; the rest is for what is collected later, sockets and code. */
const overheadMiB = 64;

function ways(floodEvents: number): Way[] {
  const small = { payloadSize: 0 };
  const awaitedEvents = Math.round(floodEvents / 10);
  return [
    { way: 'awaited, 100 in flight', inFlight: 100, events: awaitedEvents, ...small },
    { way: 'awaited, 1,000 in flight', inFlight: 1000, events: awaitedEvents, ...small },
    { way: 'not awaited', inFlight: undefined, events: floodEvents, ...small },
    { way: 'not awaited, 4 KiB each', inFlight: undefined, events: Math.round(floodEvents / 4), payloadSize: 4096 },
  ];
}

/** Measures each way in a process of its own, whose connections go through a proxy that stops for a while. */
export async function measureStalls(
  uri: string,
  floodEvents: number,
  progress: (text: string) => void,
): Promise<Stall[]> {
  const stalls: Stall[] = [];
  for (const way of ways(floodEvents)) {
    progress(`stalled: ${way.way}`);
    stalls.push({ way: way.way, events: way.events, boundMiB: boundOf(way), ...(await measureStall(uri, way)) });
  }
  return stalls;
}

function boundOf({ inFlight, payloadSize }: Way): number {
  const held = inFlight === undefined ? mostHeldMiB : (inFlight * (1024 + payloadSize)) / 2 ** 20;
  return held + overheadMiB;
}

async function measureStall(uri: string, way: Way): Promise<StallReport> {
  await using rabbit = await freshVhost({ uri, managementUri: process.env['RABBITMQ_MANAGEMENT_URI'] });
  await using proxy = await FaultProxy.start(rabbit.uri);
  await using arrivals = await watchArrivals(rabbit.uri);
  const plan: StallPlan = { ...way, uri: proxy.uri };
  const child = fork(join(import.meta.dirname, 'stalled-publisher.ts'), [JSON.stringify(plan)], {
    execArgv: [...process.execArgv, '--expose-gc'],
  });
  try {
    await heard(child, 'ready');
    arrivals.begin();
    proxy.freeze();
    say(child, 'frozen');
    await heard(child, 'stalled');
    proxy.thaw();
    say(child, 'thawed');
    const { report } = await heard(child, 'done');
    await arrivals.until(report.confirmed);
    const exited = once(child, 'exit');
    say(child, 'end');
    await exited;
    return report;
  } finally {
    child.kill('SIGKILL');
  }
}

interface Arrivals extends AsyncDisposable {
  /** Forgets what came before. */
  begin(): void;
  /** Resolves once so many have come; rejects if one came before an earlier one. */
  until(count: number): Promise<void>;
}

/** Sees from outside what the broker gets, and in which order. */
async function watchArrivals(uri: string): Promise<Arrivals> {
  const connection = await connect(uri);
  const channel = await connection.createChannel();
  const exchange = `${stallSource}.events`;
  await channel.assertExchange(exchange, 'topic', { durable: true });
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, exchange, '#');
  const seen = { count: 0, last: 0, misplaced: 0 };
  const note = ({ content }: { readonly content: Buffer }): void => {
    // Written by stalled-publisher.ts.
    const { id } = JSON.parse(content.toString()) as { id: number };
    if (id <= seen.last) seen.misplaced += 1;
    seen.last = id;
    seen.count += 1;
  };
  await channel.consume(queue, (message) => message && note(message), { noAck: true });
  return {
    begin: () => void Object.assign(seen, { count: 0, last: 0, misplaced: 0 }),
    until: async (wanted) => {
      for (const limit = Date.now() + 30_000; seen.count < wanted; await delay(10))
        if (Date.now() > limit) throw new Error(`of ${wanted} confirmed events ${seen.count} arrived`);
      if (seen.misplaced > 0) throw new Error(`${seen.misplaced} events came behind later ones`);
    },
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

function say(child: ChildProcess, turn: StallTurn): void {
  child.send(turn);
}

async function heard<K extends StallNews['kind']>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<StallNews, { kind: K }>> {
  const ended = new AbortController();
  const exited = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`a publisher ended with ${String(code)} before it was ${kind}`);
  });
  exited.catch(() => {});
  try {
    const [news] = (await Promise.race([once(child, 'message', { signal: ended.signal }), exited])) as [StallNews];
    if (news.kind !== kind) throw new Error(`expected a publisher to be ${kind}, not ${news.kind}`);
    // Its kind is that of the type.
    return news as Extract<StallNews, { kind: K }>;
  } finally {
    ended.abort();
  }
}

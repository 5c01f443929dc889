import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

/** About 100 bytes as JSON: what each call and each event carries. */
export const payload = {
  id: 1_234_567,
  name: 'a payload of one hundred bytes',
  tags: ['bench', 'mycel'],
  price: 12.5,
  isFirst: true,
};

export type Payload = typeof payload;

/** A few calls made at once, outside any measurement, to see what a contender does with them. */
export interface TrialOptions {
  readonly count: number;
  /** How long they are given. */
  readonly waitMs: number;
}

export interface TrialResult {
  /** Calls that were resolved in time. */
  readonly settled: number;
  /** Of those, the ones that were resolved with what they had sent. */
  readonly echoed: number;
}

/** One slice of load: `inFlight` calls at any moment, for `seconds`. */
export interface LoadOptions {
  readonly inFlight: number;
  readonly seconds: number;
}

/** What one slice of load came to, seen from the side that made it. */
export interface LoadResult {
  readonly calls: number;
  /** From the first call made to the last one answered. */
  readonly seconds: number;
  /** When the slice began, in milliseconds since the epoch, to be compared with another process's clock. */
  readonly startedAt: number;
  /** CPU time of this process during the slice. */
  readonly cpuSeconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Makes calls in closed loops: each of `inFlight` lanes makes its next call when its last one is answered. */
export async function runLoad(
  call: (payload: Payload) => Promise<unknown>,
  { inFlight, seconds }: LoadOptions,
): Promise<LoadResult> {
  const latencies: number[] = [];
  const startedAt = Date.now();
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;
  const lane = async (): Promise<void> => {
    for (let before = performance.now(); before < end; ) {
      await call(payload);
      const after = performance.now();
      latencies.push(after - before);
      before = after;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const elapsed = performance.now() - start;
  const cpu = process.cpuUsage(cpuBefore);
  latencies.sort((a, b) => a - b);
  return {
    calls: latencies.length,
    seconds: elapsed / 1000,
    startedAt,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    p50Ms: latencies[Math.floor(latencies.length * 0.5)] ?? 0,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
  };
}

/** Makes calls that differ from each other, so that replies that were mixed up are seen. */
export async function runTrial(
  call: (payload: Payload) => Promise<unknown>,
  { count, waitMs }: TrialOptions,
): Promise<TrialResult> {
  let settled = 0;
  let echoed = 0;
  const trials = Array.from({ length: count }, async (_, id) => {
    const sent = { ...payload, id };
    const reply = await call(sent);
    settled += 1;
    if (isDeepStrictEqual(reply, sent)) echoed += 1;
  });
  // What is still open when the time is over may fail when its server is ended.
  const all = Promise.all(trials).catch(() => {});
  await Promise.race([all, delay(waitMs, undefined, { ref: false })]);
  return { settled, echoed };
}

/** The commands of a client that makes the load by `call`. */
export function loadCommands(call: (payload: Payload) => Promise<unknown>): {
  load: (options: LoadOptions) => Promise<LoadResult>;
  trial: (options: TrialOptions) => Promise<TrialResult>;
} {
  return { load: (options) => runLoad(call, options), trial: (options) => runTrial(call, options) };
}

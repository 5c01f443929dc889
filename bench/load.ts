/** About 100 bytes as JSON: what each call and each event carries. */
export const payload = {
  id: 1_234_567,
  name: 'a payload of one hundred bytes',
  tags: ['bench', 'mycel'],
  price: 12.5,
  isFirst: true,
};

export type Payload = typeof payload;

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

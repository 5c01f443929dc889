import { deferred } from '../foundation/deferred.ts';
import { pause } from '../foundation/pause.ts';
import type { AmqpConnection } from '../protocol/client/index.ts';

/**
 * How long an attempt to connect may hear nothing before another is made beside it. What a network has swallowed is sent again by
 * TCP after growing pauses, if at all: the attempt that was under way when a network comes back is the last to notice.
 */
export const silenceMs = 1000;

/** The reason of an attempt's signal that has heard nothing for as long as it may. Nobody outside sees it. */
export class SilentBrokerError extends Error {}

/**
 * Connects by an attempt that has its full time, and, while it hears nothing, by another one each second, which has no more
 * than that second: a broker that is only slow has two connections to make at most. The first to come about is
 * taken, the others are given up. Rejects as the first attempt does.
 */
export async function connectAccompanied(
  connect: (signal: AbortSignal) => Promise<AmqpConnection>,
  signal: AbortSignal,
): Promise<AmqpConnection> {
  const over = new AbortController();
  const taken = deferred<AmqpConnection>();
  const attempt = async (signals: readonly AbortSignal[]): Promise<void> => {
    const connection = await connect(AbortSignal.any([signal, over.signal, ...signals]));
    if (over.signal.aborted) return connection.destroy();
    taken.resolve(connection);
    over.abort();
  };
  attempt([]).catch((error: unknown) => taken.reject(error));
  void accompany(attempt, over.signal);
  try {
    return await taken.promise;
  } finally {
    over.abort();
  }
}

/** Makes one short attempt after the other until it is over. Never rejects. */
async function accompany(
  attempt: (signals: readonly AbortSignal[]) => Promise<void>,
  over: AbortSignal,
): Promise<void> {
  await pause(silenceMs, over);
  while (!over.aborted) {
    const limit = new AbortController();
    const ends = pause(silenceMs, over).then(() => limit.abort(new SilentBrokerError()));
    await attempt([limit.signal]).catch(() => {}); // of what is wrong the first attempt tells
    await ends;
  }
}

import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { installedServer, type PrivateServer, startPrivateServer } from '../../scripts/test-rings/private-rabbitmq.ts';
import { impatience } from '../../tests/support/impatient-broker.ts';
import { type HealingCause, healingCauses } from './healing-causes.ts';
import { HealingWorld } from './healing-world.ts';

/** One round of one cause, in milliseconds. */
export interface HealingTimes {
  /**
   * From the cause to its being noticed: until the service is not ready. `undefined` where it never began ready, and where the
   * command that makes the cause happen takes seconds itself.
   */
  readonly noticed: number | undefined;
  /** From the end of the cause until the service is ready. */
  readonly ready: number;
  /** From the end of the cause until an event that was published then has been handled, and a call made then answered. */
  readonly works: number;
}

export interface Healing {
  readonly cause: string;
  readonly rounds: readonly HealingTimes[];
}

/** The slowest round, of readiness or of what was done. */
export function healedMs({ rounds }: Healing): number {
  return Math.max(...rounds.flatMap(({ ready, works }) => [ready, works]));
}

const limitMs = 60_000;
/** A connection that is lost sooner is a quick loss, after which Mycel waits for longer. */
const calmMs = 1200;

/** Measures on a node of its own, cause by cause. */
export async function measureHealing(rounds: number, progress: (text: string) => void): Promise<Healing[]> {
  const script = installedServer();
  if (script === undefined) throw new Error('the part healing breaks a RabbitMQ of its own: install rabbitmq-server');
  progress('healing: starting a RabbitMQ');
  await using node = await startPrivateServer(script);
  await node.control('eval', impatience);
  const all: Healing[] = [];
  for (const cause of healingCauses) {
    progress(`healing: ${cause.name}`);
    const count = cause.isSlow ? Math.ceil(rounds / 2) : rounds;
    all.push({ cause: cause.name, rounds: await measureCause(node, cause, count) });
  }
  return all;
}

async function measureCause(node: PrivateServer, cause: HealingCause, rounds: number): Promise<HealingTimes[]> {
  const times: HealingTimes[] = [];
  for (let round = 1; round <= rounds; round++) {
    // A world of its own for each: some causes leave traces.
    await using world = await HealingWorld.open(node);
    await cause.prepare?.(world);
    times.push(await measureRound(world, cause));
  }
  return times;
}

async function measureRound(world: HealingWorld, cause: HealingCause): Promise<HealingTimes> {
  if (!cause.atStart) {
    world.begin(cause.options);
    await untilHealed(world, cause);
    await delay(calmMs);
  }
  const noticing = cause.atStart ? undefined : untilReadiness(world, false, AbortSignal.timeout(limitMs));
  const struckAt = performance.now();
  await cause.strike(world);
  let endedAt = performance.now();
  if (cause.atStart) world.begin(cause.options);
  const noticedAt = await noticing;
  if (cause.endsWhenNoticed && noticedAt !== undefined) endedAt = noticedAt;
  if (cause.mend) {
    const [least, most] = cause.lasts ?? [0, 0];
    await delay((least + (most - least) * Math.random()) * 1000);
    await cause.mend(world);
    endedAt = performance.now();
  }
  const [readyAt, worksAt] = await untilHealed(world, cause);
  return {
    noticed: noticedAt === undefined || cause.isSlow ? undefined : noticedAt - struckAt,
    // A cause can be over before its end is seen here.
    ready: Math.max(0, readyAt - endedAt),
    works: worksAt - endedAt,
  };
}

/** Resolves with the moments at which the service is ready, and at which it works. */
async function untilHealed(world: HealingWorld, { name }: HealingCause): Promise<[number, number]> {
  const limit = AbortSignal.timeout(limitMs);
  const healed = Promise.all([untilReadiness(world, true, limit), works(world, limit)]);
  return Promise.race([healed, failsAt(limit, name)]);
}

/** Resolves with the moment at which the service is ready, or is not. */
async function untilReadiness(world: HealingWorld, wanted: boolean, limit: AbortSignal): Promise<number> {
  // Turns of the loop: some causes are over within a millisecond.
  while ((await world.isReady()) !== wanted) {
    // Never seen so: the round has no time that means anything, and another loop would not end.
    if (limit.aborted) throw new Error(`the service was never ${wanted ? 'ready' : 'unready'}`);
    await turn();
  }
  return performance.now();
}

async function works(world: HealingWorld, limit: AbortSignal): Promise<number> {
  await Promise.all([world.handlesEvent(limit), world.answersCall(limit)]);
  return performance.now();
}

async function failsAt(limit: AbortSignal, cause: string): Promise<never> {
  while (!limit.aborted) await delay(1000, undefined, { ref: false });
  throw new Error(`${cause}: not healed within ${limitMs / 1000} s`);
}

import type { Transport } from '../../../packages/mycel/src/transport/transport.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import type { Ledger } from '../books/ledger.ts';
import type { Fault } from '../plan/fault-plan.ts';
import { drain } from './drain.ts';
import { frailQueue } from './names.ts';
import type { LoadOptions, Station } from './load-options.ts';
import { Load } from './load.ts';
import { MovingLimit } from './moving-limit.ts';
import { pause } from './pause.ts';

/** Where a run takes place: services that handle, stations that publish and call, and what can break them. */
export interface Stage<F extends Fault = Fault> {
  /** There once it has started. */
  readonly stations: readonly Station[];
  start(): Promise<void>;
  /** Lets a fault happen; does not wait for its end. Never throws. */
  break(fault: F): void;
  /** Ends all faults; resolves when everything is whole again. */
  calm(): Promise<void>;
  /** What is not whole yet. */
  shortcomings(): Promise<readonly string[]>;
  /** A way to the broker on which nothing breaks. */
  openReader(): Promise<Transport>;
  /** The queues in which something is, and how much. */
  leftOvers(): Promise<string[]>;
  stop(): Promise<void>;
}

export interface Conduct<F extends Fault> {
  readonly stage: Stage<F>;
  readonly ledger: Ledger;
  readonly seed: number;
  readonly plan: readonly F[];
  readonly durationMs: number;
  readonly load: Omit<LoadOptions, 'ledger' | 'random'>;
  /** How long to wait in the end for all to be settled. */
  readonly drainMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs the load while the plan's faults happen, then waits until all is settled, as far as it will be. Resolves with the faults made. */
export async function conduct<F extends Fault>(run: Conduct<F>): Promise<string[]> {
  const { stage } = run;
  try {
    await stage.start();
    const ending = new AbortController();
    const loads = stage.stations.map((station, index) => {
      const random = new SeededRandom(run.seed * 31 + index);
      return new Load(station, { ...run.load, ledger: run.ledger, random });
    });
    const work = loads.map((load) => load.run(ending.signal));
    const made = await makeFaults(run);
    for (const load of loads) load.spare();
    await stage.calm();
    await noteAll(run, 'not whole', () => stage.shortcomings());
    ending.abort();
    await Promise.all(work);
    if (!run.signal?.aborted) await settle(run);
    return made;
  } finally {
    await stage.stop();
  }
}

async function makeFaults<F extends Fault>({ stage, plan, durationMs, signal }: Conduct<F>): Promise<string[]> {
  const made: string[] = [];
  const began = performance.now();
  const until = (atMs: number): Promise<void> => pause(Math.max(1, began + atMs - performance.now()), signal);
  for (const fault of plan) {
    await until(fault.atMs);
    if (signal?.aborted) return made;
    made.push(fault.kind);
    stage.break(fault);
  }
  await until(durationMs);
  return made;
}

async function settle<F extends Fault>(run: Conduct<F>): Promise<void> {
  const { stage, ledger, drainMs, signal } = run;
  const reader = await stage.openReader();
  try {
    await drain(ledger, reader, drainMs, signal);
  } finally {
    await reader.close();
  }
  // A retry whose queue was deleted is offered to the next one of its name in its own time: RabbitMQ takes three minutes.
  // A process that dies between settling a suspect and taking its mark away leaves the mark.
  const isKept = (line: string): boolean =>
    line.startsWith('mycel.dead-letters') || line.startsWith(`${frailQueue}.retry-`) || line.includes('.suspects: ');
  await noteAll(run, 'left over', async () => (await stage.leftOvers()).filter((line) => !isKept(line)));
}

/** How long the same may be amiss, once nothing breaks any more. */
const healMs = 60_000;

/** How long anything may be: what was sent before may end one instance after the other, and each takes a while to be there again. */
const longestHealMs = 180_000;

/** Waits until there is nothing that is amiss; enters into the books what stays, or what takes too long. */
async function noteAll<F extends Fault>(
  { ledger, signal }: Conduct<F>,
  what: string,
  find: () => Promise<readonly string[]>,
): Promise<void> {
  const limit = new MovingLimit(healMs, longestHealMs);
  let before = '';
  for (;;) {
    const found = await find();
    if (found.length === 0 || signal?.aborted) return;
    const now = found.join('\n');
    if (now !== before) limit.move();
    before = now;
    if (limit.isOver) {
      for (const line of found) ledger.surprise(`${what}: ${line}`);
      return;
    }
    await pause(250, signal);
  }
}

/** Notes what nobody caught while the work lasts, and what Node warns of: listeners that pile up. */
export async function watched<T>(ledger: Ledger, work: () => Promise<T>): Promise<T> {
  const notice = (error: unknown): void =>
    ledger.surprise(`nobody caught: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const warned = ({ name, message }: Error): void => {
    if (name === 'MaxListenersExceededWarning') ledger.surprise(message);
  };
  process.on('unhandledRejection', notice).on('uncaughtExceptionMonitor', notice).on('warning', warned);
  try {
    return await work();
  } finally {
    process.off('unhandledRejection', notice).off('uncaughtExceptionMonitor', notice).off('warning', warned);
  }
}

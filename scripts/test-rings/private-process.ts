import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const startLimitMs = 30_000;
const stopLimitMs = 10_000;

/** What is started, as whom, and how to tell that it works. */
export interface PrivateProcess {
  readonly command: string;
  readonly args: readonly string[];
  /** Whom it runs as, for programs that refuse root. @default the user of this process */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** @default SIGTERM */
  readonly stopSignal?: NodeJS.Signals;
  readonly answers: () => Promise<boolean>;
}

/** Starts a server and waits until it answers; returns what stops it. Rejects if it ends or stays silent. */
export async function startPrivateProcess(plan: PrivateProcess): Promise<() => Promise<void>> {
  const child = spawn(plan.command, plan.args, { ...plan.user, stdio: 'ignore' });
  child.on('error', () => {}); // it then has no process id, which untilItAnswers reports
  const stop = async (): Promise<void> => stopProcess(child, plan.stopSignal ?? 'SIGTERM');
  try {
    await untilItAnswers(child, plan);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilItAnswers(child: ChildProcess, { command, answers }: PrivateProcess): Promise<void> {
  for (const limit = Date.now() + startLimitMs; Date.now() < limit; await delay(50)) {
    if (child.pid === undefined) throw new Error(`${command} could not be started`);
    if (child.exitCode !== null) throw new Error(`${command} ended at once, with exit code ${child.exitCode}`);
    if (await answers()) return;
  }
  throw new Error(`${command} did not answer within ${startLimitMs / 1000} s`);
}

async function stopProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
  await ended;
  clearTimeout(timer);
}

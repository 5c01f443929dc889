import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface GroupOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds after which the command, and all it started, is killed. */
  readonly limitMs: number;
}

export interface GroupResult {
  /** `null` when a signal ended the command. */
  readonly exitCode: number | null;
  /** What cut it off, if something did: its time limit, or a signal that this process got. */
  readonly cutOff: 'limit' | 'signal' | undefined;
}

const patienceMs = 5000;

/**
 * Runs a command that writes to this process's output, in a process group of its own, so that nothing it started is left
 * when it has been cut off: a test worker in an endless loop hears no signal but SIGKILL. SIGINT and SIGTERM are handed
 * on, and are followed by SIGKILL after five seconds.
 */
export async function runProcessGroup(
  command: string,
  args: readonly string[],
  options: GroupOptions,
): Promise<GroupResult> {
  const { cwd, env, limitMs } = options;
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
  let cutOff: GroupResult['cutOff'];
  let kill: NodeJS.Timeout | undefined;

  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // The whole group has ended already.
    }
  };
  const handOn = (signal: NodeJS.Signals): void => {
    cutOff ??= 'signal';
    signalGroup(signal);
    kill ??= setTimeout(() => signalGroup('SIGKILL'), patienceMs);
  };
  const limit = setTimeout(() => {
    cutOff ??= 'limit';
    signalGroup('SIGKILL');
  }, limitMs);

  process.on('SIGINT', handOn).on('SIGTERM', handOn);
  try {
    const [exitCode] = await once(child, 'exit');
    return { exitCode, cutOff };
  } finally {
    clearTimeout(limit);
    clearTimeout(kill);
    if (cutOff !== undefined) signalGroup('SIGKILL');
    process.off('SIGINT', handOn).off('SIGTERM', handOn);
  }
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pause } from '../workload/pause.ts';
import { mycelCommand } from './mycel-command.ts';

/** Runs `mycel dead-letters replay` on all that failed; kills it after a while, if it is to be. Resolves with how it ended. */
export async function replayLetters(uri: string, killAfterMs: number | undefined): Promise<number | string | null> {
  const { program, args, env } = mycelCommand([
    'dead-letters',
    'replay',
    '--reason',
    'failed',
    '--yes',
    '--rate',
    '20/s',
    '--broker',
    uri,
  ]);
  const child = spawn(program, args, { env, stdio: 'ignore' });
  const ended = once(child, 'close');
  if (killAfterMs !== undefined) {
    const over = new AbortController();
    void ended.then(() => over.abort());
    await pause(killAfterMs, over.signal);
    child.kill('SIGKILL');
  }
  await ended;
  return child.exitCode ?? child.signalCode;
}

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The embedded broker in a process of its own, as RabbitMQ is. */
export interface BrokerProcess extends AsyncDisposable {
  readonly uri: string;
}

/** Starts it on any free port. With `profileDir` it leaves its CPU profile in a folder there. */
export async function startBrokerProcess(profileDir: string | undefined): Promise<BrokerProcess> {
  const profiling = profileDir ? ['--cpu-prof', `--cpu-prof-dir=${join(profileDir, 'embedded-broker')}`] : [];
  const child = fork(join(import.meta.dirname, 'embedded-broker.ts'), {
    execArgv: [...process.execArgv, ...profiling],
  });
  const exited = once(child, 'exit');
  const started = await Promise.race([once(child, 'message'), exited.then(() => undefined)]);
  if (started === undefined) throw new Error('the embedded broker ended before it listened');
  // Sent by embedded-broker.ts.
  const [{ uri }] = started as [{ uri: string }];
  return {
    uri,
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await exited;
    },
  };
}

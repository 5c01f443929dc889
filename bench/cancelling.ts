import { once } from 'node:events';
import { connect, defineService, rpc, ServiceRunner, workerContext } from 'mycel';
import { amqp } from 'mycel/amqp';
import { freshVhost } from '../tests/support/rabbit.ts';
import { spread } from './statistics.ts';

/** From an abort at the caller to that of the callee's signal, in milliseconds. */
export interface CancelTimes {
  readonly calls: number;
  readonly median: number;
  readonly p99: number;
  readonly worst: number;
}

const warmUp = 20;

/** Cancels calls one after the other. Both sides are in this process, each on connections of its own, so that one clock tells. */
export async function measureCancels(
  uri: string,
  calls: number,
  progress: (text: string) => void,
): Promise<CancelTimes> {
  progress(`cancel: ${calls} calls`);
  await using rabbit = await freshVhost({ uri, managementUri: process.env['RABBITMQ_MANAGEMENT_URI'] });
  let began: () => void = () => {};
  let aborted: (at: number) => void = () => {};
  class Patient {
    context = workerContext();
    async wait(): Promise<void> {
      const abort = once(this.context.signal, 'abort');
      began();
      await abort;
      aborted(performance.now());
    }
  }
  const service = defineService(Patient, 'patient', { wait: rpc() });
  const runner = new ServiceRunner([service], { resources: [amqp({ uri: rabbit.uri })] });
  await runner.start();
  await using client = await connect(rabbit.uri);
  const patient = client.rpc<{ wait(): void }>('patient');
  const times: number[] = [];
  for (let call = -warmUp; call < calls; call++) {
    const cancel = new AbortController();
    const beginning = new Promise<void>((resolve) => (began = resolve));
    const arriving = new Promise<number>((resolve) => (aborted = resolve));
    const calling = patient.wait
      .with({ signal: cancel.signal })()
      .catch(() => {});
    await beginning;
    const cancelledAt = performance.now();
    cancel.abort();
    const ms = (await arriving) - cancelledAt;
    await calling;
    if (call >= 0) times.push(ms);
  }
  await runner.stop();
  const sorted = times.toSorted((a, b) => a - b);
  return {
    calls,
    median: spread(times).median,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
    worst: sorted.at(-1) ?? Number.NaN,
  };
}

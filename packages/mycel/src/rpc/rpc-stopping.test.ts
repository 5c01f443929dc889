import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fire, fired } from '../../../../tests/support/fired-entrypoint.ts';
import { startServices } from '../../../../tests/support/memory-services.ts';
import { service } from '../core/service.ts';
import { deferred } from '../foundation/deferred.ts';
import { rpc } from './rpc.ts';
import { rpcProxy } from './rpc-proxy.ts';

const began = deferred();
const gate = deferred();

@service('adder')
class Adder {
  @rpc add(x: number, y: number): number {
    return x + y;
  }
}

@service('beginner')
class Beginner {
  adder = rpcProxy<Adder>('adder');

  @fired async work(): Promise<number> {
    began.resolve();
    await gate.promise;
    return this.adder.add(1, 2);
  }
}

test('work that a stopping process lets finish can still call the services of that process', async () => {
  const { runner } = await startServices([Adder, Beginner]);
  const [, beginner] = runner.containers;
  if (!beginner) throw new Error('the runner has two containers');
  const worker = fire(beginner, 'work');
  await began.promise;
  const stopping = runner.stop();
  await setImmediate(); // by now everything has stopped that does not wait for this work
  gate.resolve();
  expect(await worker.outcome).toEqual({ ok: true, value: 3 });
  await stopping;
});

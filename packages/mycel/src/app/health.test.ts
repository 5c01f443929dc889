import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type LogRecord, recordingLogger } from '../../../../tests/support/recording-logger.ts';
import { dependency } from '../core/dependency.ts';
import { DependencyProvider } from '../core/dependency-provider.ts';
import { defineService } from '../core/service.ts';
import { MemoryTransport } from '../testing/memory-transport.ts';
import { eventHandler } from '../events/event-handler.ts';
import { runServices } from './run-services.ts';

/** A database that does not answer, in spite of its signal. */
class HangingDatabase extends DependencyProvider<void> {
  override readonly kind = 'database';
  override getDependency(): void {}
  override health(): Promise<void> {
    return new Promise(() => {});
  }
}

class Shop {
  onSold(): void {}
}

class Ledger {
  db = dependency(() => new HangingDatabase());
}

const shop = defineService(Shop, 'shop', { onSold: eventHandler('shop', 'sold') });
const ledger = defineService(Ledger, 'ledger', {});

/** Where the log says that the health endpoints are. */
function healthUrl(logged: readonly LogRecord[]): string {
  const [url] = logged.flatMap(({ message }) => /health server listens at (.*)/.exec(message)?.[1] ?? []);
  return `${url}/health`;
}

test('a check that hangs makes the process not ready when the time for it is over, and is named', async () => {
  const logged: LogRecord[] = [];
  const config = { health: { address: '127.0.0.1:0', timeout: '20ms' } };
  await using _runner = await runServices([ledger], { config, logger: recordingLogger(logged) });
  const url = healthUrl(logged);
  const response = await fetch(`${url}/ready`);
  expect([response.status, await response.json()]).toMatchObject([
    503,
    { reasons: ['ledger, database db: gave no answer within 20 ms'] },
  ]);
  expect((await fetch(`${url}/live`)).status).toBe(200);
});

test('a process is not ready while its transport is cut, and again once it is back', async () => {
  const logged: LogRecord[] = [];
  const transport = new MemoryTransport();
  const config = { health: { address: '127.0.0.1:0' } };
  await using runner = await runServices([shop], { config, transport, logger: recordingLogger(logged) });
  const ready = async (): Promise<unknown> => (await fetch(`${healthUrl(logged)}/ready`)).json();
  expect(await ready()).toMatchObject({ ok: true, shared: [{ name: 'transport', state: 'open' }] });
  transport.cut();
  await nextTurn(); // and no more: it is back within a tenth of a second
  expect(await runner.health.ready()).toMatchObject({
    ok: false,
    reasons: [
      expect.stringMatching(/^transport: connection: the connection was lost/) as string,
      expect.stringMatching(/^shop, event onSold: the connection to the broker was lost/) as string,
    ],
  });
  await expect.poll(ready).toMatchObject({ ok: true });
});

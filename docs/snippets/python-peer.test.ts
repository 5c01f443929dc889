import type { CallSettlement, InboundCall } from 'mycel/transport';
import { fileURLToPath } from 'node:url';
import { connect, createLogger, runServices } from 'mycel';
import { MemoryBroker, MemoryTransport } from 'mycel/testing';
import { expect, test } from 'vitest';
import { Greeter } from './greeter.ts';
import { CheckoutService } from './python-peer.ts';
import { silently } from './running-services.ts';

/** Answers as a Nameko service does. */
async function billing({ args: [orderId] }: InboundCall): Promise<CallSettlement> {
  if (orderId === 'cheap') return { kind: 'reply', value: { number: 'I-1' } };
  const path = orderId === 'dear' ? 'billing.exceptions.CreditExceeded' : 'builtins.ValueError';
  return {
    kind: 'error',
    error: { type: path.split('.').at(-1) ?? '', path, args: ['ada', '7'], value: "('ada', 7)" },
  };
}

test('a Python service is called like any other, and its exceptions are classes where one is declared', async () => {
  const broker = new MemoryBroker();
  const python = new MemoryTransport({ broker });
  await python.rpc.serve('billing', { prefetch: 10 }, billing);
  await using _runner = await silently([CheckoutService], new MemoryTransport({ broker }));
  await using bus = await connect(new MemoryTransport({ broker }));
  const checkout = bus.rpc(CheckoutService);
  expect(await checkout.pay('cheap')).toBe('I-1');
  expect(await checkout.pay('dear')).toBe('no credit: ada, 7');
  await expect(checkout.pay('odd')).rejects.toThrow("ValueError ('ada', 7)");
  await python.close();
});

test('one file configures services of both languages', async () => {
  const config = fileURLToPath(new URL('beside-nameko.yaml', import.meta.url));
  const logger = await createLogger({ level: 'silent' });
  await using runner = await runServices([Greeter], { config, logger, transport: new MemoryTransport() });
  expect(runner.containers[0]?.maxWorkers).toBe(10);
});

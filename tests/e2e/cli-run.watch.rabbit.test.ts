import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'mycel';
import { expect, test } from 'vitest';
import { MycelProcess, project } from '../support/mycel-process.ts';
import { freshVhost } from '../support/rabbit.ts';

const services = (version: number): string => `
import { eventHandler, rpc, service } from 'mycel';
@service('shop')
export class Shop {
  @rpc version() { return ${version}; }
  @eventHandler('orders', 'placed') onPlaced() {}
}
`;

test('however fast files are saved, one consumer is left in each queue, of the last version', async () => {
  await using rabbit = await freshVhost();
  const folder = project({ 'services.ts': services(0), 'config.yaml': `amqp: {uri: "${rabbit.uri}"}` });
  const mycel = new MycelProcess(['run', '--watch', '-c', 'config.yaml', 'services.ts'], folder);
  await mycel.until(/"msg":"started/);
  for (let version = 1; version <= 12; version++) {
    writeFileSync(join(folder, 'services.ts'), services(version));
    // Saves fall into every state: while a child runs, stops, loads and starts.
    await new Promise((later) => setTimeout(later, version * 25));
  }
  await using bus = await connect(rabbit.uri);
  const shop = bus.rpc<{ version(): number }>('shop');
  for (let version = 0; version < 12; ) version = await shop.version().catch(() => 0);
  for (const queue of ['rpc-shop', 'evt-orders-placed--shop.onPlaced'])
    await expect.poll(() => rabbit.consumers(queue)).toBe(1);
  mycel.signal('SIGTERM');
  expect(await mycel.exit).toBe(0);
});

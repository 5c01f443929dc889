import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Finds `count` ports of 127.0.0.1 that nobody listens on just now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const holders = await Promise.all(
    Array.from({ length: count }, async () => {
      const holder = createServer().listen(0, '127.0.0.1');
      await once(holder, 'listening');
      return holder;
    }),
  );
  // An address is a string only for a server on a pipe.
  const ports = holders.map((holder) => (holder.address() as AddressInfo).port);
  await Promise.all(holders.map(async (holder) => once(holder.close(), 'close')));
  return ports;
}

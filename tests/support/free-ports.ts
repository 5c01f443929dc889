import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below those that Linux hands out to who asks for any: such a one may be somebody else's by the time it is listened on. */
const range = { first: 20_000, last: 32_000 };

/** Finds `count` ports of 127.0.0.1 that nobody listens on just now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>();
  while (held.size < count) {
    const port = randomInt(range.first, range.last);
    const holder = held.has(port) ? undefined : await hold(port);
    if (holder) held.set(port, holder);
  }
  await Promise.all([...held.values()].map(async (holder) => once(holder.close(), 'close')));
  return [...held.keys()];
}

/** Listens on the port; `undefined` if somebody does already. */
async function hold(port: number): Promise<Server | undefined> {
  const holder = createServer().listen(port, '127.0.0.1');
  try {
    await once(holder, 'listening');
    return holder;
  } catch {
    return undefined;
  }
}

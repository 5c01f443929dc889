import { connect } from 'mycel';
import { expect, it } from 'vitest';
import { useAmqpWorld } from '../support/amqp-world.ts';
import { MycelProcess, project, runArguments } from '../support/mycel-process.ts';

const world = useAmqpWorld();

/** A million takes a minute: `MYCEL_FLOOD_EVENTS=1000000`. */
const events = Number(process.env['MYCEL_FLOOD_EVENTS'] ?? 250_000);
const taken = 10_000;
/** Far below what so many events would need: 2 KiB and more for each. */
const mostHeapMiB = 192;
const mostResidentMiB = 400;

/** Dispatches a great many events and waits for none of them, by a connection beside the one it is asked through. */
const source = `
import { setImmediate as turn } from 'node:timers/promises';
import { connect, eventHandler, rpc, service } from 'mycel';
import { AmqpTransport } from 'mycel/amqp';

const outcomes = { confirmed: 0, refused: 0, handled: 0 };
let bus: Awaited<ReturnType<typeof connect>>;

@service('flooder')
export class Flooder {
  @rpc async open(uri: string) {
    bus = await connect(new AmqpTransport({ uri, publishBuffer: ${taken} - 1000, publishTimeout: '10m', heartbeat: 0 }));
    await bus.dispatch('shop', 'sold', -1);
  }
  @rpc async flood(events: number) {
    let peak = 0;
    for (let id = 0; id < events; id++) {
      bus.dispatch('shop', 'sold', id).then(
        () => outcomes.confirmed++,
        (error) => { if (error.code === 'MYCEL_PUBLISH_BUFFER') outcomes.refused++; },
      );
      if (id % 1000 > 0) continue;
      await turn();
      peak = Math.max(peak, process.memoryUsage.rss());
    }
    await turn();
    return peak / 2 ** 20;
  }
  @rpc outcomes() { return outcomes; }
  @eventHandler('shop', 'sold') onSold() { outcomes.handled++; }
}
`;

interface Flooder {
  open(uri: string): Promise<void>;
  flood(events: number): Promise<number>;
  outcomes(): Promise<Record<string, number>>;
}

it('keeps memory flat while a program floods a broker that stands still, and loses nothing it took', async () => {
  const args = runArguments('flooder.ts', `amqp.uri=${world.rabbit.uri}`);
  const heap = { NODE_OPTIONS: `--max-old-space-size=${mostHeapMiB}` };
  const mycel = new MycelProcess(args, project({ 'flooder.ts': source }), heap);
  await mycel.until(/"msg":"started flooder"/);
  await using client = await connect(world.rabbit.uri, { timeout: '4m' });
  const flooder = client.rpc<Flooder>('flooder');
  await flooder.open(world.proxy.uri);
  world.proxy.freeze();
  const ended = mycel.exit.then((how) => Promise.reject(new Error(`it ended with ${how}:\n${mycel.stderr}`)));
  ended.catch(() => {});
  const peakMiB = await Promise.race([flooder.flood(events), ended]);
  expect(peakMiB).toBeLessThan(mostResidentMiB);
  const refused = events - taken;
  await expect(flooder.outcomes()).resolves.toMatchObject({ confirmed: 0, refused });
  world.proxy.thaw();
  const all = { confirmed: taken, refused, handled: taken + 1 };
  await expect.poll(() => flooder.outcomes()).toEqual(all);
}, 300_000);

import { connect, type StandaloneClient } from 'mycel';
import { AmqpTransport } from 'mycel/amqp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../support/amqp-world.ts';
import { countReady } from '../support/dead-letters.ts';
import type { StepCut } from '../support/fault-proxy.ts';
import { GuardedServices, lettersAt, queues, type StockCalls } from '../support/guarded-services.ts';
import { forbidUnhandledRejections } from '../support/unhandled-rejections.ts';

forbidUnhandledRejections();

const world = useAmqpWorld({ watchesSteps: true });
let services: GuardedServices;
let client: StandaloneClient;
let cutClient: StandaloneClient;
let transport: AmqpTransport;

beforeEach(async () => {
  services = new GuardedServices();
  transport = new AmqpTransport({ uri: world.rabbit.uri });
  await transport.open();
  client = await connect(world.rabbit.uri, { timeout: '1m' });
  const cut = new AmqpTransport({ uri: world.proxy.uri, publishTimeout: '1m' });
  cutClient = await connect(cut, { timeout: '1m' });
});

afterEach(async () => {
  await services.end();
  await Promise.all([transport.close(), client.close(), cutClient.close()]);
});

/** The number of a cut, which names what is under way, and what it is called. */
type NumberedCut = StepCut & { readonly id: string; readonly what: string };

const publish = { direction: 'to broker', method: 'basic.publish' } as const;
const confirm = { direction: 'to client', method: 'basic.ack' } as const;
const deliver = { direction: 'to client', method: 'basic.deliver' } as const;
const acknowledge = { direction: 'to broker', method: 'basic.ack' } as const;

/** Cuts before each step, and after it. */
function cutsAt(...steps: readonly Omit<StepCut, 'when'>[]): NumberedCut[] {
  return steps.flatMap((step, index) =>
    (['before', 'after'] as const).map((when) => {
      const what = `${when} ${step.method} ${step.direction}`;
      return { ...step, when, what, id: `${when}-${index}` };
    }),
  );
}

async function untilEmpty(queue: string): Promise<void> {
  await expect.poll(() => countReady(world.rabbit.uri, queue)).toBe(0);
}

/** What became of a call. */
async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => (error as { code?: string }).code);
}

describe('a connection that is cut before or after each step', () => {
  it('of publishing an event loses nothing, and doubles what was sent and not confirmed at most', async () => {
    await services.start({ uri: world.rabbit.uri }, { only: 'stock' });
    await cutClient.dispatch('shop', 'sold', { id: 'warm' });
    const cuts = cutsAt(publish, confirm);
    for (const { id, what, ...cut } of cuts) {
      world.proxy.cutAtStep(cut);
      expect(await cutClient.dispatch('shop', 'sold', { id }), what).toEqual({ routed: true });
      await services.steps.until(`${id} ended`);
    }
    await cutClient.dispatch('shop', 'sold', { id: 'last' });
    await services.steps.until('last ended');
    await untilEmpty(queues.sold);
    const [unsent, sent, unconfirmed, confirmed] = cuts.map(({ id }) => services.runsOf(id).length);
    expect([unsent, unconfirmed, confirmed]).toEqual([1, 2, 1]);
    expect(sent).toBeLessThanOrEqual(2);
  });

  it('of handling an event loses nothing, and marks what comes twice', async () => {
    await services.start({ uri: world.proxy.uri }, { only: 'stock' });
    const cuts = cutsAt(deliver, acknowledge);
    for (const { id, what: _what, ...cut } of cuts) {
      world.proxy.cutAtStep(cut);
      await client.dispatch('shop', 'sold', { id });
      await services.steps.until(`${id} ended`);
    }
    await untilEmpty(queues.sold);
    for (const { id, what } of cuts) expect(services.unmarkedRunsOf(id).length, what).toBeLessThanOrEqual(1);
  });

  it('of sending an event to its next attempt loses nothing, and marks what comes twice', async () => {
    await services.start({ uri: world.proxy.uri }, { only: 'stock' });
    const cuts = cutsAt(publish, confirm, acknowledge);
    for (const { id, what: _what, ...cut } of cuts) {
      world.proxy.cutAtStep(cut);
      await client.dispatch('shop', 'sold', { id, fails: 1 });
      await services.steps.until(`${id} ended`);
    }
    await untilEmpty(`${queues.sold}.retry-100ms`);
    await untilEmpty(queues.sold);
    for (const { id, what } of cuts)
      for (const attempt of [1, 2]) {
        const unmarked = services.unmarkedRunsOf(id).filter((run) => run.attempt === attempt);
        expect(unmarked.length, what).toBeLessThanOrEqual(1);
      }
  });

  it('of making an event a dead letter keeps one, or two if the handler ran twice, which it was told', async () => {
    await services.start({ uri: world.proxy.uri }, { only: 'stock', attempts: 1, workers: 1 });
    const cuts = cutsAt(publish, confirm, acknowledge);
    for (const { id, what, ...cut } of cuts) {
      world.proxy.cutAtStep(cut);
      await client.dispatch('shop', 'sold', { id, fails: 1 });
      // With one worker the next event comes when this one is settled.
      await client.dispatch('shop', 'sold', { id: `${id} next` });
      await services.steps.until(`${id} next ended`);
      expect(services.unmarkedRunsOf(id).length, what).toBeLessThanOrEqual(1);
    }
    const letters = await lettersAt(transport);
    for (const { id, what } of cuts) {
      const own = letters.filter(({ payload }) => (payload as { id: string }).id === id);
      expect(own.length, what).toBeGreaterThan(0);
      expect(own.length, what).toBeLessThanOrEqual(services.runsOf(id).length + 1);
      expect(own[0], what).toMatchObject({ reason: 'failed', attempts: 1 });
    }
  });

  it('under a caller settles its call, which runs once at most', async () => {
    await services.start({ uri: world.rabbit.uri }, { only: 'stock' });
    const { count } = cutClient.rpc<StockCalls>('stock');
    for (const { id, what, ...cut } of cutsAt(publish, deliver)) {
      world.proxy.cutAtStep(cut);
      expect(['MYCEL_DISCONNECTED', `counted ${id}`], what).toContain(await outcomeOf(count(id)));
      expect(await client.rpc<StockCalls>('stock').count(`${id} direct`)).toBe(`counted ${id} direct`);
      expect(services.runsOf(id).length, what).toBeLessThanOrEqual(1);
    }
  });

  it('under the caller of an idempotent call has it sent again, and answered', async () => {
    await services.start({ uri: world.rabbit.uri }, { only: 'stock' });
    const { count } = cutClient.rpc<StockCalls>('stock');
    for (const { id, what, ...cut } of cutsAt(publish, deliver)) {
      world.proxy.cutAtStep(cut);
      expect(await count.with({ idempotent: true })(id), what).toBe(`counted ${id}`);
    }
  });

  it('under a callee has its call answered all the same', async () => {
    await services.start({ uri: world.proxy.uri }, { only: 'stock' });
    for (const { id, what, ...cut } of cutsAt(deliver, publish, acknowledge)) {
      world.proxy.cutAtStep(cut);
      expect(await client.rpc<StockCalls>('stock').count(id), what).toBe(`counted ${id}`);
    }
  });

  it('under the callee of an at-most-once call never has it run twice', async () => {
    await services.start({ uri: world.proxy.uri }, { only: 'stock' });
    const { count, countOnce } = client.rpc<StockCalls>('stock');
    for (const { id, what, ...cut } of cutsAt(deliver, publish, acknowledge)) {
      world.proxy.cutAtStep(cut);
      const outcome = await outcomeOf(countOnce.with({ timeout: '2s' })(id));
      expect(['MYCEL_CALL_TIMEOUT', `counted ${id}`], what).toContain(outcome);
      expect(await count(`${id} direct`)).toBe(`counted ${id} direct`);
      expect(services.runsOf(id).length, what).toBeLessThanOrEqual(1);
    }
  });
});

import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import type { DiscoveryTransport } from '../../../transport/discovery-transport.ts';
import { TransportError } from '../../../transport/transport-errors.ts';
import type { Transport } from '../../../transport/transport.ts';
import { numbers } from './numbers.ts';
import type { Stage } from './stage.ts';
import { behaviour, needing, type TransportBehaviour } from './transport-behaviour.ts';
import { eventually, within } from '../within.ts';

function discoveryOf(transport: Transport): DiscoveryTransport {
  ok(transport.discovery, 'the capability discovery was promised, but the transport has none');
  return transport.discovery;
}

/** A process that runs these services. */
async function running(stage: Stage, ...services: string[]): Promise<Transport> {
  const transport = await stage.transport();
  await discoveryOf(transport).announce(() => services.map((service) => ({ service })));
  return transport;
}

/** The names of the services that are found, sorted. */
async function found(asker: Transport, service?: string): Promise<unknown[]> {
  // Nobody here is silent, so that it is never waited for so long.
  const discovery = discoveryOf(asker).discover({ service, timeoutMs: 600_000 });
  const { services } = await within(discovery, 'the answers');
  // All that answer here are those above.
  return services.map((each) => (each as { readonly service: string }).service).toSorted();
}

const asking: readonly TransportBehaviour[] = [
  behaviour('all services of all processes are found', async (stage) => {
    await running(stage, 'math', 'reports');
    await running(stage, 'math');
    await running(stage);
    deepStrictEqual(await found(await stage.transport()), ['math', 'math', 'reports']);
  }),
  behaviour('where no process runs, none is found, at once', async (stage) => {
    const asker = await stage.transport();
    const nothing = discoveryOf(asker).discover({ timeoutMs: 600_000 });
    const { services, silent } = await within(nothing, 'the answer');
    deepStrictEqual([services, silent], [[], 0]);
  }),
  behaviour('what is found is what runs when the question comes', async (stage) => {
    const services: object[] = [];
    await discoveryOf(await stage.transport()).announce(() => services);
    const asker = await stage.transport();
    deepStrictEqual(await found(asker), []);
    services.push({ service: 'late' });
    deepStrictEqual(await found(asker), ['late']);
  }),
  behaviour('a question for one service is answered by an instance of it', async (stage) => {
    await running(stage, 'math', 'reports');
    await running(stage, 'reports');
    await running(stage, 'other');
    const asker = await stage.transport();
    deepStrictEqual(new Set(await found(asker, 'reports')), new Set(['reports']));
    deepStrictEqual(await found(asker, 'nosuch'), []);
  }),
  behaviour('a process finds itself', async (stage) => {
    deepStrictEqual(await found(await running(stage, 'own')), ['own']);
  }),
  behaviour('what a service says of itself arrives as it is', async (stage) => {
    const manifest = {
      service: 'größe',
      pid: 7,
      methods: numbers(2000).map((id) => ({
        name: `method_${id}`,
        about: 'naïve 漢字 👩‍👩‍👧'.repeat(4),
        schema: null,
      })),
    };
    await discoveryOf(await stage.transport()).announce(() => [manifest]);
    const { services } = await discoveryOf(await stage.transport()).discover();
    deepStrictEqual(services, [manifest]);
  }),
  behaviour('several may ask at the same time', async (stage) => {
    await running(stage, 'math');
    const askers = await Promise.all(numbers(3).map(() => stage.transport()));
    const answers = await Promise.all([...askers, ...askers].map((asker) => found(asker)));
    deepStrictEqual(
      answers,
      numbers(6).map(() => ['math']),
    );
  }),
];

const ending: readonly TransportBehaviour[] = [
  behaviour('a process is found no more after it has closed', async (stage) => {
    const gone = await running(stage, 'gone');
    await running(stage, 'here');
    const asker = await stage.transport();
    deepStrictEqual(await found(asker), ['gone', 'here']);
    await gone.close();
    deepStrictEqual(await found(asker), ['here']);
  }),
  behaviour('a process that ends its announcement is found no more, and may announce again', async (stage) => {
    const transport = await stage.transport();
    const asker = await stage.transport();
    const subscription = await discoveryOf(transport).announce(() => [{ service: 'first' }]);
    await subscription.close();
    await subscription.close();
    deepStrictEqual(await found(asker), []);
    await discoveryOf(transport).announce(() => [{ service: 'second' }]);
    deepStrictEqual(await found(asker), ['second']);
  }),
  behaviour('a closed transport finds nobody, and says why', async (stage) => {
    await running(stage, 'math');
    const asker = await stage.transport();
    await asker.close();
    await rejects(within(discoveryOf(asker).discover(), 'the rejection'), { code: 'MYCEL_TRANSPORT_CLOSED' });
  }),
  ...needing('unreachableBroker', [
    behaviour('who asks without a broker is told so', async (stage) => {
      const asker = await stage.unreachable();
      await rejects(within(discoveryOf(asker).discover({ timeoutMs: 60 }), 'the rejection'), TransportError);
    }),
  ]),
  ...needing('connectionLoss', [
    behaviour('a process is found again, once, after connections were lost', async (stage) => {
      await running(stage, 'math');
      const asker = await stage.transport();
      strictEqual((await found(asker)).length, 1);
      await stage.breakConnections();
      await eventually('the service to be found again', async () => {
        const names = await found(asker).catch((error: unknown) => {
          if (error instanceof TransportError) return [];
          throw error;
        });
        ok(names.length <= 1, 'it is found more than once');
        return names.length === 1;
      });
    }),
  ]),
];

/** Processes tell each other what runs in them. */
export const serviceDiscovery: readonly TransportBehaviour[] = needing('discovery', [...asking, ...ending]);

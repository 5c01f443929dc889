import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert/strict';
import { TransportError } from '../../../transport/transport-errors.ts';
import { call, serve, valueOf } from './calls.ts';
import { publish, subscribe } from './events.ts';
import { OpenHandles } from './open-handles.ts';
import { behaviour, needing, type TransportBehaviour } from './transport-behaviour.ts';
import { eventually, within } from '../within.ts';

/** From open to close. */
export const transportLife: readonly TransportBehaviour[] = [
  behaviour('a transport says what it is in one word', async (stage) => {
    match((await stage.unopened()).name, /^[a-z][a-z0-9-]*$/);
  }),
  behaviour('opening may be done twice, also side by side', async (stage) => {
    const transport = await stage.unopened();
    await Promise.all([transport.open(), transport.open()]);
    await transport.open();
    await serve(transport);
    strictEqual(await valueOf(transport, 'echo', { args: [1] }), 1);
  }),
  behaviour('closing may be done twice, also side by side', async (stage) => {
    const transport = await stage.transport();
    await serve(transport);
    await subscribe(transport);
    await Promise.all([transport.close(), transport.close()]);
    await transport.close();
  }),
  behaviour('a transport that was never opened can be closed', async (stage) => {
    await within((await stage.unopened()).close(), 'close()');
  }),
  behaviour('a transport can be closed while it opens', async (stage) => {
    const transport = await stage.unopened();
    const opening = transport.open().then(
      () => undefined,
      (error: unknown) => error,
    );
    await within(transport.close(), 'close()');
    const failure = await within(opening, 'open()');
    ok(failure === undefined || failure instanceof TransportError, `open() failed with ${String(failure)}`);
    await rejects(call(transport, 'echo').reply, { code: 'MYCEL_TRANSPORT_CLOSED' });
  }),
  behaviour('a closed transport does not open again', async (stage) => {
    const transport = await stage.transport();
    await transport.close();
    await transport.open().catch(() => {}); // it may say so here, or where it is used
    await rejects(call(transport, 'echo').reply, { code: 'MYCEL_TRANSPORT_CLOSED' });
  }),
  behaviour('calls and events go both ways over one transport', async (stage) => {
    const [one, two] = [await stage.transport(), await stage.transport()];
    await serve(one, undefined, { service: 'one' });
    await serve(two, undefined, { service: 'two' });
    const heard = [
      await subscribe(one, { source: 'two', service: 'one' }),
      await subscribe(two, { source: 'one', service: 'two' }),
    ];
    const [a, b] = await Promise.all([
      valueOf(one, 'echo', { service: 'two', args: ['to two'] }),
      valueOf(two, 'echo', { service: 'one', args: ['to one'] }),
      publish(one, 'from one', { source: 'one' }),
      publish(two, 'from two', { source: 'two' }),
    ]);
    deepStrictEqual([a, b], ['to two', 'to one']);
    const payloads = await Promise.all(heard.map(async ({ events }) => (await events.nth(1)).payload));
    deepStrictEqual(payloads, ['from two', 'from one']);
  }),
  behaviour('closing one transport leaves the others', async (stage) => {
    const [gone, server, caller] = [await stage.transport(), await stage.transport(), await stage.transport()];
    await serve(gone, undefined, { service: 'other' });
    await serve(server);
    const { events } = await subscribe(server);
    await valueOf(caller, 'echo', { args: [1] });
    await gone.close();
    strictEqual(await valueOf(caller, 'echo', { args: [2] }), 2);
    await publish(caller, 3);
    strictEqual((await events.nth(1)).payload, 3);
  }),
  behaviour('a closed transport leaves no socket and no timer behind', async (stage) => {
    const handles = new OpenHandles();
    try {
      const transport = await stage.transport();
      await serve(transport);
      await subscribe(transport);
      await valueOf(transport, 'echo', { args: [1], timeoutMs: 600_000 });
      call(transport, 'never', { service: 'nosuch', timeoutMs: 600_000 });
      await publish(transport, 1);
      await transport.close();
      handles.seal();
      await eventually('its sockets and timers to go', async () => handles.left.length === 0);
    } finally {
      handles.forget();
    }
  }),
  ...needing('unreachableBroker', [
    behaviour('opening without a broker fails with an error that says so, each time', async (stage) => {
      const transport = await stage.unreachable();
      await rejects(within(transport.open(), 'open() to fail'), { code: 'MYCEL_BROKER_UNAVAILABLE' });
      await rejects(within(transport.open(), 'open() to fail'), { code: 'MYCEL_BROKER_UNAVAILABLE' });
    }),
    behaviour('a transport that could not be opened can be closed', async (stage) => {
      const transport = await stage.unreachable();
      await rejects(within(transport.open(), 'open() to fail'), TransportError);
      await within(transport.close(), 'close()');
    }),
    behaviour('a call without a broker fails when its time is over', async (stage) => {
      const transport = await stage.unreachable();
      await rejects(transport.open(), TransportError);
      await rejects(call(transport, 'echo', { timeoutMs: 60 }).reply, TransportError);
    }),
  ]),
];

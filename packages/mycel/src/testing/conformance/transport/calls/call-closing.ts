import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import { TransportError } from '../../../../transport/transport-errors.ts';
import { answer, call, hold, serve, success, valueOf } from '../calls.ts';
import { behaviour, type TransportBehaviour } from '../transport-behaviour.ts';
import { within } from '../../within.ts';

/** What is called while and after a transport closes. */
export const callClosing: readonly TransportBehaviour[] = [
  behaviour('calls that are pending when their transport closes fail', async (stage) => {
    const { held } = await hold(await stage.transport());
    const caller = await stage.transport();
    const calls = ['a', 'b'].map((method) => call(caller, method));
    await held.first(2);
    const failed = calls.map(({ reply }) => rejects(reply, { code: 'MYCEL_TRANSPORT_CLOSED' }));
    await caller.close();
    await Promise.all(failed);
  }),
  behaviour('an answer to a caller that is gone does not touch the service', async (stage) => {
    const { held } = await hold(await stage.transport());
    const gone = await stage.transport();
    call(gone, 'work');
    const first = await held.nth(1);
    await gone.close();
    first.settle(answer('for nobody'));
    const next = call(await stage.transport(), 'next');
    (await held.nth(2)).settle(answer('for you'));
    deepStrictEqual(await next.reply, success('for you'));
  }),
  behaviour('a service that starts while its transport closes is not left running', async (stage) => {
    const closing = await stage.transport();
    const starting = serve(closing).catch((error: unknown) => error);
    await within(closing.close(), 'close()');
    const started = await within(starting, 'serve()');
    ok(!(started instanceof Error) || started instanceof TransportError, `serve() failed with ${String(started)}`);
    await serve(await stage.transport(), () => answer('the other'));
    const caller = await stage.transport();
    for (const method of ['a', 'b', 'c']) strictEqual(await valueOf(caller, method), 'the other');
  }),
  behaviour('a call on a closed transport fails without throwing', async (stage) => {
    await serve(await stage.transport());
    const caller = await stage.transport();
    await caller.close();
    const { sent, reply, correlationId } = call(caller, 'echo');
    await rejects(reply, { code: 'MYCEL_TRANSPORT_CLOSED' });
    await rejects(sent, { code: 'MYCEL_TRANSPORT_CLOSED' });
    strictEqual(typeof correlationId, 'string');
  }),
  behaviour('a closed transport serves nothing, and prepares for no calls', async (stage) => {
    const transport = await stage.transport();
    await transport.close();
    await rejects(serve(transport), { code: 'MYCEL_TRANSPORT_CLOSED' });
    await rejects(transport.rpc.prepareCalls(), { code: 'MYCEL_TRANSPORT_CLOSED' });
  }),
];

import { rejects, strictEqual } from 'node:assert/strict';
import { call, hold, serve } from '../calls.ts';
import { behaviour, type TransportBehaviour } from '../transport-behaviour.ts';

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

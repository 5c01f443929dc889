import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { answer, call, hold, serve, success, valueOf } from '../calls.ts';
import { numbers } from '../numbers.ts';
import { behaviour, type TransportBehaviour } from '../transport-behaviour.ts';

/** Many calls at once. */
export const callLoad: readonly TransportBehaviour[] = [
  behaviour('calls that are answered in another order than they came get their own answers', async (stage) => {
    const { held } = await hold(await stage.transport(), { prefetch: 50 });
    const caller = await stage.transport();
    const calls = numbers(50).map((id) => call(caller, 'echo', { args: [id] }));
    for (const { inbound, settle } of (await held.first(50)).toReversed()) settle(answer(inbound.args[0]));
    deepStrictEqual(await Promise.all(calls.map(({ reply }) => reply)), numbers(50).map(success));
  }),
  behaviour('callers on several transports get their own answers', async (stage) => {
    await serve(await stage.transport());
    const callers = await Promise.all(numbers(4).map(() => stage.transport()));
    const answers = callers.map((caller, index) =>
      Promise.all(numbers(50).map((id) => valueOf(caller, 'echo', { args: [[index, id]] }))),
    );
    const expected = numbers(4).map((index) => numbers(50).map((id) => [index, id]));
    deepStrictEqual(await Promise.all(answers), expected);
  }),
  behaviour('two thousand calls at once are all answered', async (stage) => {
    await serve(await stage.transport(), undefined, { prefetch: 100 });
    const caller = await stage.transport();
    const calls = numbers(2000).map((id) => valueOf(caller, 'echo', { args: [id], timeoutMs: 30_000 }));
    deepStrictEqual(await Promise.all(calls), numbers(2000));
  }),
  behaviour('large calls and small ones get their own answers', async (stage) => {
    await serve(await stage.transport(), undefined, { prefetch: 20 });
    const caller = await stage.transport();
    const texts = numbers(20).map((id) => `${id}`.repeat(id % 2 ? 200_000 : 1));
    deepStrictEqual(await Promise.all(texts.map((text) => valueOf(caller, 'echo', { args: [text] }))), texts);
  }),
  behaviour('a service may call another, and itself, while it answers', async (stage) => {
    const transport = await stage.transport();
    await serve(transport, async ({ args: [n] }) => {
      const left = Number(n);
      return answer(left === 0 ? 0 : 1 + Number(await valueOf(transport, 'count', { args: [left - 1] })));
    });
    strictEqual(await valueOf(await stage.transport(), 'count', { args: [5] }), 5);
  }),
];

import {
  CallCancelledError,
  CalleeCrashedError,
  CallTimeoutError,
  connect,
  DisconnectedError,
  IncorrectSignatureError,
  InvalidArgumentsError,
  InvalidResultError,
  MethodNotFoundError,
  RemoteError,
  remoteError,
  rpc,
  rpcProxy,
  runServices,
  service,
  type ServiceRunner,
  UnknownServiceError,
  UnserialisableError,
  UnserialisableResultError,
  workerContext,
} from 'mycel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { deferred, type Deferred } from '../../packages/mycel/src/foundation/deferred.ts';
import { silentLogger } from '../../packages/mycel/src/foundation/logger.ts';
import { useAmqpWorld } from '../support/amqp-world.ts';
import { MycelProcess, project, runArguments } from '../support/mycel-process.ts';
import { Steps } from '../support/steps.ts';
import { forbidUnhandledRejections } from '../support/unhandled-rejections.ts';

forbidUnhandledRejections();

class Declined extends remoteError('call_outcomes.Declined', z.object({ limit: z.number() })) {}

const world = useAmqpWorld();
let runners: ServiceRunner[];
let steps: Steps;
let released: Deferred<void>;

@service('lab')
class Lab {
  context = workerContext();
  next = rpcProxy<Lab>('lab');

  @rpc add(x: number, y: number): number {
    return x + y;
  }
  @rpc({ params: [z.int(), z.string()] }) check(count: number, unit: string): string {
    return `${count} ${unit}`;
  }
  @rpc({ returns: z.number() }) promise(): number {
    return 'no number' as unknown as number;
  }
  @rpc decline(): never {
    throw new Declined('over the limit', { limit: 5 });
  }
  @rpc fail(): never {
    throw new TypeError('the password of db-7 is wrong');
  }
  @rpc unsendable(): unknown {
    return { items: [() => 1] };
  }
  @rpc async hold(): Promise<string> {
    const { signal } = this.context;
    steps.note('holds');
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    steps.note(`aborted: ${(signal.reason as Error).name}`);
    await released.promise; // its own clock may run ahead of its caller's
    return 'too late';
  }
  @rpc async hops(more: number): Promise<number[]> {
    const left = this.context.remainingMs ?? Number.NaN;
    // Work that takes time: more than the millisecond that deadlines are rounded to on the wire.
    while ((this.context.remainingMs ?? 0) > left - 5);
    return [left, ...(more > 0 ? await this.next.hops.with({ timeout: '1h' })(more - 1) : [])];
  }
}

beforeEach(async () => {
  runners = [];
  steps = new Steps();
  released = deferred();
});

afterEach(async () => {
  released.resolve();
  await Promise.all(runners.map((runner) => runner.stop()));
});

async function startLab(rpcs: Readonly<Record<string, unknown>> = {}): Promise<ServiceRunner> {
  const config = { amqp: { uri: world.rabbit.uri }, rpc: rpcs };
  const runner = await runServices([Lab], { config, logger: silentLogger });
  runners.push(runner);
  return runner;
}

/** What a call rejects with. */
async function failureOf(call: Promise<unknown>): Promise<Error> {
  return call.then(
    (value) => expect.fail(`it was answered: ${JSON.stringify(value)}`),
    (error: unknown) => error as Error,
  );
}

describe('a call that the callee answers with an error', () => {
  it.each([
    ['an unknown method', 'ad', [1, 2], MethodNotFoundError, "lab has no rpc 'ad' (did you mean 'add'?)"],
    ['an incorrect signature', 'add', [1, 2, 3], IncorrectSignatureError, 'takes 2 arguments but 3 were given'],
    ['invalid arguments', 'check', [1.5, 7], InvalidArgumentsError, 'lab.check: '],
    ['an invalid result', 'promise', [], InvalidResultError, "lab.promise returned what its 'returns' schema forbids"],
    ['a declared error', 'decline', [], Declined, 'over the limit'],
    ['an undeclared error', 'fail', [], RemoteError, 'lab.fail failed: TypeError: the service keeps the message'],
    ['a result that cannot be sent', 'unsendable', [], UnserialisableResultError, 'items[0]'],
  ] as const)('says that it is %s', async (_what, method, args, errorClass, text) => {
    await startLab();
    await using client = await connect(world.rabbit.uri);
    const methods = client.rpc<Record<string, (...args: readonly unknown[]) => unknown>>('lab');
    const error = await failureOf(methods[method]?.(...args) ?? Promise.resolve());
    expect(error).toBeInstanceOf(errorClass);
    expect(error.message).toContain(text);
    expect(error.message).not.toContain('db-7');
  });

  it('lists every invalid argument, and brings the data of a declared error', async () => {
    await startLab();
    await using client = await connect(world.rabbit.uri);
    const lab = client.rpc<Lab>('lab');
    const problems = [{ path: 'count' }, { path: 'unit' }];
    expect(await failureOf(lab.check(1.5, 7 as never))).toMatchObject({ data: { problems } });
    expect(await failureOf(lab.decline())).toMatchObject({ code: 'call_outcomes.Declined', data: { limit: 5 } });
  });

  it('tells the message of an undeclared error where that is configured', async () => {
    await startLab({ expose_errors: true });
    await using client = await connect(world.rabbit.uri);
    expect((await failureOf(client.rpc<Lab>('lab').fail())).message).toContain('the password of db-7 is wrong');
  });
});

describe('a call that no answer comes for', () => {
  it('of a service that does not exist fails at once', async () => {
    await using client = await connect(world.rabbit.uri);
    const error = await failureOf(client.rpc<Lab>('nosuch').add.with({ timeout: '1h' })(1, 2));
    expect(error).toBeInstanceOf(UnknownServiceError);
  });

  it('of a service that is too slow times out, and says what is known', async () => {
    await startLab();
    await using client = await connect(world.rabbit.uri);
    const error = await failureOf(client.rpc<Lab>('lab').hold.with({ timeout: 10_000 })());
    expect(error).toBeInstanceOf(CallTimeoutError);
    expect(error).toMatchObject({ wasSent: true, confirmed: true, consumers: 1, queued: 0 });
    await steps.until('aborted: CallTimeoutSignal');
  });

  it('of a service that is stopped times out, and says that nobody takes calls', async () => {
    await (await startLab()).stop();
    await using client = await connect(world.rabbit.uri);
    const error = await failureOf(client.rpc<Lab>('lab').add.with({ timeout: 10_000 })(1, 2));
    expect(error).toMatchObject({ code: 'MYCEL_CALL_TIMEOUT', confirmed: true, consumers: 0, queued: 1 });
  });

  it('whose connection is lost says so', async () => {
    await startLab();
    await using client = await connect(world.proxy.uri);
    const failure = failureOf(client.rpc<Lab>('lab').hold());
    await steps.until('holds');
    world.proxy.cut();
    expect(await failure).toBeInstanceOf(DisconnectedError);
  });

  it('that is cancelled ends at once, and aborts its callee', async () => {
    await startLab();
    await using client = await connect(world.rabbit.uri);
    const controller = new AbortController();
    const failure = failureOf(client.rpc<Lab>('lab').hold.with({ signal: controller.signal, timeout: '1h' })());
    await steps.until('holds');
    controller.abort(new Error('changed my mind'));
    expect(await failure).toBeInstanceOf(CallCancelledError);
    expect(await failure).toMatchObject({ cause: { message: 'changed my mind' } });
    await steps.until('aborted: CallCancelledError');
  });

  it('with an argument that cannot be sent is not sent', async () => {
    await startLab();
    await using client = await connect(world.rabbit.uri);
    const error = await failureOf(client.rpc<Lab>('lab').add(Number.NaN, 1));
    expect(error).toBeInstanceOf(UnserialisableError);
  });
});

describe('the deadline of a call', () => {
  it('shrinks over three hops, whatever these ask for', async () => {
    await startLab();
    await using client = await connect(world.rabbit.uri);
    const left = await client.rpc<Lab>('lab').hops.with({ timeout: 20_000 })(2);
    expect(left).toHaveLength(3);
    const [first = 0, second = 0, third = 0] = left;
    expect(first).toBeLessThanOrEqual(20_000);
    expect(second).toBeLessThan(first);
    expect(third).toBeLessThan(second);
    expect(third).toBeGreaterThan(0);
  });
});

/** Its methods end its process, as an exhausted memory does. */
const frail = `
import { rpc, service } from 'mycel';
const die = (what: string) => { process.stdout.write('SAY ' + what + '\\n', () => process.kill(process.pid, 'SIGKILL')); return new Promise(() => {}); };
@service('frail')
export class Frail {
  @rpc die() { return die('die'); }
  @rpc({ atMostOnce: true }) dieOnce() { return die('dieOnce'); }
  @rpc pid() { return process.pid; }
}
`;

interface FrailService {
  die(): Promise<void>;
  dieOnce(): Promise<void>;
  pid(): Promise<number>;
}

async function startFrail(): Promise<MycelProcess> {
  const args = runArguments('frail.ts', `amqp.uri=${world.rabbit.uri}`);
  const mycel = new MycelProcess(args, project({ 'frail.ts': frail }));
  await mycel.until(/"msg":"started frail"/);
  return mycel;
}

describe('a call whose callee dies', () => {
  it('is taken by others, and given up when it has ended three of them', async () => {
    let instance = await startFrail();
    await using client = await connect(world.rabbit.uri);
    const failure = failureOf(client.rpc<FrailService>('frail').die.with({ timeout: '10m' })());
    for (let death = 1; death <= 3; death++) {
      expect(await instance.exit).toBe('SIGKILL');
      expect(instance.stdout).toContain('SAY die\n');
      instance = await startFrail();
    }
    expect(await failure).toBeInstanceOf(CalleeCrashedError);
    expect(await failure).toMatchObject({ data: { returns: 3 } });
    await client.rpc<FrailService>('frail').pid();
  });

  it('is run once if its method may run at most once, and times out', async () => {
    const first = await startFrail();
    await using client = await connect(world.rabbit.uri);
    const failure = failureOf(client.rpc<FrailService>('frail').dieOnce.with({ timeout: '15s' })());
    expect(await first.exit).toBe('SIGKILL');
    const second = await startFrail();
    await client.rpc<FrailService>('frail').pid();
    expect(await failure).toMatchObject({ code: 'MYCEL_CALL_TIMEOUT', consumers: expect.any(Number) as number });
    expect(second.stdout).not.toContain('SAY');
  });
});

describe('an idempotent call', () => {
  it('is sent again when its connection was lost', async () => {
    await startLab();
    await using client = await connect(world.proxy.uri);
    const controller = new AbortController();
    const options = { idempotent: true, signal: controller.signal };
    const failure = failureOf(client.rpc<Lab>('lab').hold.with(options)());
    await steps.until('holds');
    const again = new Steps();
    const first = steps;
    steps = again;
    world.proxy.cut();
    await again.until('holds');
    controller.abort();
    expect(await failure).toBeInstanceOf(CallCancelledError);
    expect(first.taken).toContain('holds');
  });
});

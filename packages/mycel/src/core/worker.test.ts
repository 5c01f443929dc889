import { describe, expect, test, vi } from 'vitest';
import { call, fire, fired, FiredEntrypoint } from '../../../../tests/support/fired-entrypoint.ts';
import { notingDependency } from '../../../../tests/support/noting-dependency.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import { ServiceContainer } from './container.ts';
import { declareEntrypoint } from './declaration.ts';
import { service } from './service.ts';

forbidUnhandledRejections();

describe('a worker', () => {
  test('is a new instance of the class for every firing', async () => {
    @service('counting')
    class Counting {
      count = 0;
      @fired next(): number {
        this.count += 1;
        return this.count;
      }
    }
    const container = new ServiceContainer(Counting);
    await container.start();
    expect(await call(container, 'next')).toBe(1);
    expect(await call(container, 'next')).toBe(1);
    await container.stop();
  });

  test('does not share this with another that runs at the same time', async () => {
    const both = deferred();
    const seen = new Set<object>();
    @service('concurrent')
    class Concurrent {
      mine = '';
      @fired async keep(value: string): Promise<string> {
        this.mine = value;
        seen.add(this);
        if (seen.size === 2) both.resolve();
        await both.promise;
        return this.mine;
      }
    }
    const container = new ServiceContainer(Concurrent);
    await container.start();
    expect(await Promise.all([call(container, 'keep', 'a'), call(container, 'keep', 'b')])).toEqual(['a', 'b']);
    expect(seen.size).toBe(2);
    await container.stop();
  });

  test('calls its method with the arguments, whether it is synchronous or not', async () => {
    @service('adding')
    class Adding {
      @fired add(x: number, y: number): number {
        return x + y;
      }
      @fired async addLater(x: number, y: number): Promise<number> {
        return Promise.resolve(this.add(x, y));
      }
    }
    const container = new ServiceContainer(Adding);
    await container.start();
    expect(await call(container, 'add', 1, 2)).toBe(3);
    expect(await call(container, 'addLater', 3, 4)).toBe(7);
    await container.stop();
  });

  test('whose method throws has that error as its outcome, and the container lives on', async () => {
    const broken = new Error('no such order');
    @service('throwing')
    class Throwing {
      @fired now(): never {
        throw broken;
      }
      @fired async later(): Promise<never> {
        throw await Promise.resolve(broken);
      }
      @fired odd(): never {
        // oxlint-disable-next-line typescript/only-throw-error -- what a user's code may do
        throw Object.create(null);
      }
    }
    const container = new ServiceContainer(Throwing);
    await container.start();
    expect(await fire(container, 'now').outcome).toEqual({ ok: false, error: broken });
    expect(await fire(container, 'later').outcome).toEqual({ ok: false, error: broken });
    expect(await fire(container, 'odd').outcome).toMatchObject({ ok: false });
    expect(container.state).toBe('running');
    await container.stop();
  });

  test('gets from every provider an object of its own', async () => {
    @service('provided')
    class Provided {
      db = notingDependency('db', new Steps());
      @fired callId(): string {
        return this.db.context.callId;
      }
    }
    const container = new ServiceContainer(Provided);
    await container.start();
    const [first, second] = await Promise.all([call(container, 'callId'), call(container, 'callId')]);
    expect(first).toMatch(/^provided\.callId\.[0-9a-f-]{36}$/);
    expect(first).not.toBe(second);
    await container.stop();
  });

  test('is settled by its request, which may put another outcome in place of the method’s', async () => {
    const steps = new Steps();
    const seen: unknown[] = [];
    @service('settling')
    class Settling {
      db = notingDependency('db', steps, { workerResult: (_context, outcome) => void seen.push(outcome) });
      @fired run(): string {
        return 'from the method';
      }
    }
    const container = new ServiceContainer(Settling);
    await container.start();
    const replaced = { ok: false, error: new Error('the reply could not be written') } as const;
    const outcome = await fire(container, 'run', {
      handleResult: (result) => {
        seen.push(result);
        return replaced;
      },
    }).outcome;
    expect(outcome).toBe(replaced);
    expect(seen).toEqual([{ ok: true, value: 'from the method' }, replaced]);
    await container.stop();
  });
});

describe('what a failed method is logged as', () => {
  class Expecting extends FiredEntrypoint {
    override isExpected(error: unknown): boolean {
      return error instanceof RangeError;
    }
  }
  const expecting = declareEntrypoint('fired', () => new Expecting());

  test.each([
    ['a warning if the entrypoint expects it', new RangeError('too many'), 'warn'],
    ['an error if not', new TypeError('not a function'), 'error'],
  ] as const)('%s, with the call’s ids', async (_what, error, level) => {
    @service('logged')
    class Logged {
      @expecting run(): never {
        throw error;
      }
    }
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn(), child: vi.fn(() => logger) };
    const container = new ServiceContainer(Logged, { logger });
    expect(logger.child).toHaveBeenCalledWith({ service: 'logged' });
    await container.start();
    await fire(container, 'run', { context: { callIdStack: ['caller.1'] } }).outcome;
    expect(logger[level]).toHaveBeenCalledExactlyOnceWith(
      {
        callId: expect.stringMatching(/^logged\.run\./),
        callIdStack: ['caller.1', expect.stringMatching(/^logged\.run\./)],
        err: error,
      },
      `logged.run threw ${error.name}: ${error.message}`,
    );
    expect(logger[level === 'warn' ? 'error' : 'warn']).not.toHaveBeenCalled();
    await container.stop();
  });
});

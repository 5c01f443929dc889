import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hurry } from '../../../../tests/support/hurried-clock.ts';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import { pause } from '../foundation/pause.ts';
import type { AmqpConnection } from '../protocol/client/index.ts';
import { connectAccompanied, SilentBrokerError } from './accompanied-attempt.ts';
import { NetworkSource } from './network-source.ts';

forbidUnhandledRejections();

/** An attempt as a test has it end. */
interface Attempt {
  readonly signal: AbortSignal;
  readonly succeed: (connection: AmqpConnection) => void;
  readonly fail: (error: Error) => void;
}

/** Attempts that hear nothing until a test says so. */
class Attempts {
  readonly made: Attempt[] = [];
  destroyed = 0;
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  readonly connect = (signal: AbortSignal): Promise<AmqpConnection> => {
    const { promise, resolve, reject } = deferred<AmqpConnection>();
    signal.addEventListener('abort', () => reject(signal.reason));
    this.made.push({ signal, succeed: resolve, fail: reject });
    for (const { count, resolve } of this.#waiting) if (this.made.length >= count) resolve();
    return promise;
  };

  /** Resolves with the last of them once there are so many. */
  async until(count: number): Promise<Attempt> {
    if (this.made.length < count) await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
    return this.made[count - 1] as Attempt;
  }

  connection(): AmqpConnection {
    // All that is done to one that comes too late.
    return { destroy: () => this.destroyed++ } as unknown as AmqpConnection;
  }

  /** How many are still going on. */
  get open(): number {
    return this.made.filter(({ signal }) => !signal.aborted).length;
  }
}

describe('an attempt to connect that hears nothing', () => {
  let attempts: Attempts;
  let nobody: AbortController;

  beforeEach(() => {
    attempts = new Attempts();
    nobody = new AbortController();
  });

  it('is accompanied by another one, and by a new one each second: the first to come about is taken', async () => {
    await hurry(async () => {
      const connecting = connectAccompanied(attempts.connect, nobody.signal);
      const third = await attempts.until(3);
      expect(attempts.open).toBe(2);
      const connection = attempts.connection();
      third.succeed(connection);
      await expect(connecting).resolves.toBe(connection);
      expect(attempts.open).toBe(0);
      expect(attempts.made[1]?.signal.reason).toBeInstanceOf(SilentBrokerError);
    });
  });

  it('is accompanied by one attempt a second, however fast each of them fails', async () => {
    await hurry(async () => {
      const isFirst = (): boolean => attempts.made.length === 1;
      const connecting = connectAccompanied((signal) => {
        const attempt = attempts.connect(signal);
        if (!isFirst()) attempts.made.at(-1)?.fail(new Error('refused'));
        return attempt;
      }, nobody.signal);
      await pause(5500);
      expect(attempts.made).toHaveLength(6);
      nobody.abort(new Error('over'));
      await expect(connecting).rejects.toThrow('over');
    });
  });

  it('is taken itself if its answer comes late, and those beside it are given up', async () => {
    await hurry(async () => {
      const connecting = connectAccompanied(attempts.connect, nobody.signal);
      await attempts.until(4);
      const connection = attempts.connection();
      attempts.made[0]?.succeed(connection);
      await expect(connecting).resolves.toBe(connection);
      expect(attempts.open).toBe(0);
    });
  });

  it('says why, if it fails in the end, whatever those beside it have heard', async () => {
    await hurry(async () => {
      const connecting = connectAccompanied(attempts.connect, nobody.signal);
      const failing = expect(connecting).rejects.toThrow('no answer within 10 s');
      (await attempts.until(2)).fail(new Error('refused'));
      await attempts.until(3);
      attempts.made[0]?.fail(new Error('no answer within 10 s'));
      await failing;
      expect(attempts.open).toBe(0);
    });
  });

  it('ends with all beside it when nobody wants a connection any more', async () => {
    await hurry(async () => {
      const connecting = connectAccompanied(attempts.connect, nobody.signal);
      const failing = expect(connecting).rejects.toThrow('closed');
      await attempts.until(2);
      nobody.abort(new Error('closed'));
      await failing;
      expect(attempts.open).toBe(0);
    });
  });

  it('leaves no connection behind that comes about beside the one that is taken', async () => {
    await hurry(async () => {
      const connecting = connectAccompanied(attempts.connect, nobody.signal);
      const second = await attempts.until(2);
      attempts.made[0]?.succeed(attempts.connection());
      second.succeed(attempts.connection());
      await connecting;
      await expect.poll(() => attempts.destroyed).toBe(1);
    });
  });
});

describe('a cluster of which one node takes connections and says nothing', () => {
  let silent: ObligingBroker;
  let lively: ObligingBroker;

  beforeEach(async () => {
    silent = await ObligingBroker.start();
    silent.react = ({ name }) => name === 'connection.start-ok';
    lively = await ObligingBroker.start();
  });

  afterEach(async () => {
    await silent[Symbol.asyncDispose]();
    await lively[Symbol.asyncDispose]();
  });

  it('is reached by another node within the second attempt beside the first', async () => {
    const targets = [silent, lively].map(({ uri }) => ({ host: '127.0.0.1', port: Number(new URL(uri).port) }));
    const source = new NetworkSource(targets, 1000);
    const details = { connectionName: 'x', onError: () => {} };
    await hurry(async () => {
      const connection = await connectAccompanied(
        (signal) => source.connect({ ...details, signal }),
        new AbortController().signal,
      );
      expect(source.reached?.port).toBe(targets[1]?.port);
      await connection.close();
    });
  });
});

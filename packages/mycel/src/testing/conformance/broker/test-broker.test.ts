import { describe, expect, it } from 'vitest';
import { BrokerEngine } from '../../../broker/index.ts';
import { connectInProcess } from '../../../broker/in-process/index.ts';
import type { Tap } from '../../../broker/in-process/tap.ts';
import type { TestFunction } from '../test-function.ts';
import { brokerBehaviours } from './broker-behaviours.ts';
import { brokerCapabilities } from './broker-capability.ts';
import type { EmptyVhost } from './broker-world.ts';
import { differencesOf } from './rabbitmq-differences.ts';
import { type BrokerSubject, testBroker } from './test-broker.ts';

const unreachable: EmptyVhost = {
  vhost: '/',
  connect: async () => Promise.reject(new Error('nobody is there')),
  [Symbol.asyncDispose]: async () => {},
};

interface Declared {
  readonly run: ReadonlyMap<string, () => Promise<void>>;
  readonly skipped: readonly string[];
}

/** Declares the suite to a runner that only notes what is declared. */
function declared(given: Partial<BrokerSubject> = {}): Declared {
  const run = new Map<string, () => Promise<void>>();
  const skipped: string[] = [];
  const skip = (name: string): void => void skipped.push(name);
  const test: TestFunction = Object.assign((name: string, body: () => Promise<void>) => run.set(name, body), { skip });
  testBroker(test, { openVhost: async () => unreachable, ...given });
  return { run, skipped };
}

describe('testBroker', () => {
  it('declares a test of every behaviour, each under a name of its own', () => {
    const { run, skipped } = declared();
    expect([...run.keys()]).toEqual(brokerBehaviours.map(({ name }) => name));
    expect(skipped).toEqual([]);
  });

  it('skips what the broker lacks, and says why', () => {
    const { run, skipped } = declared({ lacking: { credentials: 'everybody may enter' } });
    expect(skipped).toContain('a connection with a wrong password is refused (skipped: everybody may enter)');
    expect(run.size + skipped.length).toBe(brokerBehaviours.length);
  });

  it('skips what the broker does otherwise, and says why', () => {
    const { run, skipped } = declared({ differing: { 'on the wire a goodbye is answered': 'it leaves in silence' } });
    expect(skipped).toEqual(['on the wire a goodbye is answered (skipped: it leaves in silence)']);
    expect(run.size).toBe(brokerBehaviours.length - 1);
  });

  it('refuses an exception that names no behaviour', () => {
    expect(() => declared({ differing: { 'a broker sings': 'it hums' } })).toThrow(
      "No behaviour is named 'a broker sings'",
    );
  });

  it('makes no exceptions for RabbitMQ 3.10, and more for each later version', () => {
    const exceptions = ['3.10.8', '3.13.0', '4.0.5', '4.3.6', '4.10.0'].map(
      (version) => declared({ differing: differencesOf(version) }).skipped.length,
    );
    expect(exceptions).toEqual([0, 0, 12, 26, 26]);
  });

  it('knows no capability that no behaviour needs', () => {
    const needed = new Set(brokerBehaviours.flatMap(({ needs }) => needs));
    expect(needed).toEqual(new Set(Object.keys(brokerCapabilities)));
  });

  it('disposes of the virtual host when a behaviour fails', async () => {
    let disposed = 0;
    const openVhost = async (): Promise<EmptyVhost> => ({
      ...unreachable,
      [Symbol.asyncDispose]: async () => {
        disposed += 1;
      },
    });
    const { run } = declared({ openVhost });
    await expect(run.get('purging a queue drops what is ready and counts it')?.()).rejects.toThrow('nobody is there');
    expect(disposed).toBe(1);
  });

  it('waits as long as its subject says for what must come', async () => {
    const engine = new BrokerEngine();
    const tap: Tap = { toClient: (parcel) => (parcel.method.name === 'basic.deliver' ? undefined : parcel) };
    const openVhost = async (): Promise<EmptyVhost> => ({
      vhost: '/',
      connect: async (options) => connectInProcess(engine, { ...options, tap }),
      [Symbol.asyncDispose]: async () => engine.close(),
    });
    const { run } = declared({ openVhost, patienceMs: 50 });
    await expect(run.get('a message expires by its own time')?.()).rejects.toThrow('waited 0.05 s in vain for');
  });

  it('says of a broker without an entrance that it was to be said', async () => {
    const { run } = declared();
    const wired = run.get('on the wire a goodbye is answered');
    await expect(wired?.()).rejects.toThrow('This broker has no entrance by TCP, yet it is not said to lack it');
  });
});

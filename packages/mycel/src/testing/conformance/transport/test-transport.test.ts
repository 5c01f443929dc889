import { describe, expect, it } from 'vitest';
import { MemoryBroker } from '../../memory-broker.ts';
import { MemoryTransport } from '../../memory-transport.ts';
import type { TestFunction } from '../test-function.ts';
import { testTransport } from './test-transport.ts';
import { transportBehaviours } from './transport-behaviours.ts';
import type { ConformanceCapabilities, TransportSubject } from './transport-subject.ts';

const able: ConformanceCapabilities = {
  unknownServiceAtOnce: true,
  durable: true,
  keywordArguments: true,
  cancellation: true,
  retries: true,
  discovery: true,
  connectionLoss: true,
  unreadableMessages: true,
  unreachableBroker: true,
};

function subject(given: Partial<TransportSubject> = {}): TransportSubject {
  const broker = new MemoryBroker();
  const create = async (): Promise<MemoryTransport> => new MemoryTransport({ broker });
  const createWorld: TransportSubject['createWorld'] = async () => ({ create, [Symbol.asyncDispose]: async () => {} });
  return { capabilities: able, createWorld, ...given };
}

/** Declares the suite to a runner that only notes what is declared. */
function declared(given: Partial<TransportSubject>): { run: string[]; skipped: string[] } {
  const run: string[] = [];
  const skipped: string[] = [];
  const skip = (name: string): void => void skipped.push(name);
  const test: TestFunction = Object.assign((name: string): void => void run.push(name), { skip });
  testTransport(test, subject(given));
  return { run, skipped };
}

describe('testTransport', () => {
  it('declares a test of every behaviour, each under a name of its own', () => {
    const { run, skipped } = declared({});
    expect(run).toEqual(transportBehaviours.map(({ name }) => name));
    expect(new Set(run).size).toBe(run.length);
    expect(skipped).toEqual([]);
  });

  it('skips what the transport cannot do, and says so', () => {
    const { run, skipped } = declared({ capabilities: { ...able, cancellation: false } });
    expect(skipped).toContain(
      'the callee hears that its caller has given up (skipped: a callee does not hear here that its caller gave up)',
    );
    expect(run).toContain('a call that is aborted on its way fails with the reason');
    expect(run.length + skipped.length).toBe(transportBehaviours.length);
  });

  it('skips what cannot be done to the transport, with the reason of its author', () => {
    const { skipped } = declared({ capabilities: { ...able, connectionLoss: 'it has no connections' } });
    expect(skipped).toContain(
      'services and callers are back by themselves after their connections were lost (skipped: it has no connections)',
    );
  });

  it('skips the exceptions that its author makes, with their reasons', () => {
    const exceptions = { 'a call carries dates there and back': 'dates are text here' };
    const { run, skipped } = declared({ exceptions });
    expect(skipped).toEqual(['a call carries dates there and back (skipped: dates are text here)']);
    expect(run).not.toContain('a call carries dates there and back');
  });

  it('refuses an exception of what is no behaviour', () => {
    expect(() => declared({ exceptions: { 'a call brings coffee': 'no water' } })).toThrow(
      "no behaviour is named 'a call brings coffee'",
    );
  });

  it('says which method a world lacks whose subject promised it', async () => {
    const behaviour = transportBehaviours.find(({ needs }) => needs.includes('connectionLoss'));
    await expect(behaviour?.run(subject())).rejects.toThrow(
      'the capability connectionLoss was promised, but the world has no breakConnections()',
    );
  });
});

describe('a behaviour', () => {
  it('closes the transports that it opened, then disposes of its world, also when it fails', async () => {
    const closed: string[] = [];
    const createWorld: TransportSubject['createWorld'] = async () => ({
      create: async () => {
        const transport = new MemoryTransport();
        return Object.assign(transport, {
          close: async () => void closed.push('transport'),
          open: async () => Promise.reject(new Error('no')),
        });
      },
      [Symbol.asyncDispose]: async () => void closed.push('world'),
    });
    const behaviour = transportBehaviours.find(({ name }) => name === 'a call carries dates there and back');
    await expect(behaviour?.run(subject({ createWorld }))).rejects.toThrow('no');
    expect(closed).toEqual(['transport', 'world']);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BrokerUnavailableError } from '../../transport/transport-errors.ts';
import { BrokerEngine } from '../engine/broker-engine.ts';
import { InProcessSource } from './in-process-source.ts';

let engine: BrokerEngine;

beforeEach(() => {
  engine = new BrokerEngine();
});

afterEach(() => {
  engine.close();
});

describe('the connections of a transport to an engine in this process', () => {
  it('are cut together, with the reason that is given, and only those that are open', async () => {
    const source = new InProcessSource(engine);
    const [gone, ...open] = [await source.connect({}), await source.connect({}), await source.connect({})];
    const other = await new InProcessSource(engine).connect({});
    await gone?.close();
    source.cut('a rat');
    for (const connection of open) {
      expect(await connection.closed).toMatchObject({
        reason: 'lost',
        error: { message: 'The connection to the broker was lost: a rat' },
      });
    }
    expect(await gone?.closed).toEqual({ reason: 'client' });
    expect([other.isOpen, engine.status().connections]).toMatchObject([true, [{}]]);
  });

  it('are refused as a transport refuses them, with why', async () => {
    const source = new InProcessSource(engine, { vhost: 'nowhere' });
    await expect(source.connect({})).rejects.toThrow(BrokerUnavailableError);
    await expect(source.connect({})).rejects.toThrow(/cannot connect to the broker in this process: .*530/);
  });

  it('are not made for somebody who has left', async () => {
    const gone = new Error('gone');
    await expect(new InProcessSource(engine).connect({ signal: AbortSignal.abort(gone) })).rejects.toBe(gone);
    expect(engine.status().connections).toEqual([]);
  });
});

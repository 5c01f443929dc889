import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RawAmqpClient } from '../../../../../tests/support/raw-amqp-client.ts';
import { type Logger, silentLogger } from '../../foundation/logger.ts';
import { QuietWarnings } from './quiet-warnings.ts';
import { startBroker } from './start-broker.ts';

let logged: string[];
let logger: Logger;

beforeEach(() => {
  logged = [];
  logger = { ...silentLogger, warn: (_, message) => void logged.push(message) };
});

function warn(warnings: QuietWarnings, count: number): void {
  for (let left = count; left > 0; left--) warnings.warn({}, 'a client failed');
}

describe('QuietWarnings', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('logs each of a few', () => {
    const warnings = new QuietWarnings(logger);
    warn(warnings, 20);
    vi.advanceTimersByTime(1000);
    warn(warnings, 20);
    vi.advanceTimersByTime(1000);
    expect(logged).toEqual(Array.from({ length: 40 }, () => 'a client failed'));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('counts those of a flood, and says how many they were when the second is over', () => {
    const warnings = new QuietWarnings(logger);
    warn(warnings, 1000);
    expect(logged).toHaveLength(20);
    vi.advanceTimersByTime(1000);
    expect(logged.slice(20)).toEqual(['980 more warnings about clients were left out']);
    warn(warnings, 1);
    expect(logged.slice(21)).toEqual(['a client failed']);
  });
});

describe('the log of a server', () => {
  it('does not grow with every client that fails, and is complete when the server has closed', async () => {
    const broker = await startBroker({ port: 0, logger });
    for (let left = 30; left > 0; left--) {
      using client = new RawAmqpClient(broker.server.address.port).greet();
      await client.expect('connection.start');
      client.write(Buffer.alloc(100, 'x'));
      await client.ended;
    }
    await broker.close();
    const leftOut = logged.flatMap((line) => /^(\d+) more warnings/.exec(line)?.[1] ?? []);
    expect(logged.length).toBeLessThan(30);
    expect(logged.length - leftOut.length + leftOut.reduce((sum, count) => sum + Number(count), 0)).toBe(30);
  });
});

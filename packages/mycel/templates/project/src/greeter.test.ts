import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, createLogger, runServices } from 'mycel';
import { MemoryBroker, MemoryTransport, workerFactory } from 'mycel/testing';
import { Greeter } from './greeter.ts';

test('greets by name and tells of it', async () => {
  const events: unknown[] = [];
  const greeter = workerFactory(Greeter, {
    dispatch: (type: string, payload: unknown) => void events.push({ type, payload }),
  });
  assert.equal(await greeter.hello('Ada'), 'Hello, Ada!');
  assert.deepEqual(events, [{ type: 'greeted', payload: { name: 'Ada' } }]);
});

test('is called over a bus in memory: no broker is needed', async () => {
  const broker = new MemoryBroker();
  const logger = await createLogger({ level: 'silent' });
  await using _runner = await runServices([Greeter], {
    config: { web: { address: '127.0.0.1:0' } },
    transport: new MemoryTransport({ broker }),
    logger,
  });
  await using bus = await connect(new MemoryTransport({ broker }));
  assert.equal(await bus.rpc(Greeter).hello('Ada'), 'Hello, Ada!');
});

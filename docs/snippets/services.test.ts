import { afterEach, expect, test, vi } from 'vitest';
import { audits, CleanerService } from './cleaner.ts';
import { Greeter } from './greeter.ts';
import { MathService, ReportingService } from './overview.ts';
import { greeter } from './plain-greeter.ts';
import { runInMemory } from './running-services.ts';
import { StockService } from './stock.ts';

afterEach(() => vi.restoreAllMocks());

test('the overview adds, and tells of it', async () => {
  const said = vi.spyOn(console, 'log').mockReturnValue();
  await using app = await runInMemory([MathService, ReportingService], { config: { web: { address: '127.0.0.1:0' } } });
  const response = await fetch(`${app.url}/math/add/1/2`);
  expect(await response.json()).toEqual({ result: 3 });
  await expect.poll(() => said.mock.calls).toEqual([['the sum of 1 and 2 was requested']]);
});

test('a class with decorators and one with defineService greet alike', async () => {
  const said = vi.spyOn(console, 'log').mockReturnValue();
  await using app = await runInMemory([Greeter, greeter]);
  expect(await app.bus.rpc(Greeter).greet('Ada')).toBe('Hello, Ada');
  expect(await app.bus.rpc(greeter).greet('Ada')).toBe('Hello, Ada');
  await app.bus.dispatch('accounts', 'signed_up', { name: 'Bob' });
  await expect.poll(() => said.mock.calls).toEqual([['Hello, Bob']]);
});

test('what a service keeps lives in a dependency, for each worker is a new instance', async () => {
  await using app = await runInMemory([StockService]);
  const stock = app.bus.rpc(StockService);
  expect(await stock.take('apple')).toEqual({ left: 11 });
  expect(await stock.take('apple', 3)).toEqual({ left: 8 });
  expect(await stock.recount()).toBe(8);
  expect(app.runner.containers[0]?.maxWorkers).toBe(20);
});

test('an eager timer ticks at the start', async () => {
  await using app = await runInMemory([CleanerService]);
  expect(app.runner.containers).toHaveLength(1);
  await expect.poll(() => audits).toEqual([12]);
});

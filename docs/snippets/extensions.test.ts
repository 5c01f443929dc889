import { createSocket } from 'node:dgram';
import { connect, manifestOf, rpc, service, ServiceRunner } from 'mycel';
import { afterEach, expect, test, vi } from 'vitest';
import { AccountsPool } from './accounts-pool.ts';
import { AccountsService } from './accounts.ts';
import { BackService, FrontService } from './context-data.ts';
import { counting } from './counting-transport.ts';
import { counts, CountersService, countersPort } from './counters.ts';
import { MemoryTransport } from 'mycel/testing';
import { Greeter } from './greeter.ts';
import { runInMemory } from './running-services.ts';
import { accountsPool, pool } from './shared-pool.ts';

afterEach(() => vi.restoreAllMocks());

test('a session is committed if the method returns and rolled back if it throws', async () => {
  const log: string[] = [];
  const acquire = vi.spyOn(AccountsPool.prototype, 'acquire');
  await using app = await runInMemory([AccountsService], { config: { database: { url: 'db://test' } } });
  const accounts = app.bus.rpc(AccountsService);
  expect(await accounts.deposit('ada', 5)).toBe(5);
  await expect(accounts.deposit('ada', -9)).rejects.toThrow('overdrawn');
  expect(await accounts.deposit('ada', 1)).toBe(6);
  const [made] = acquire.mock.contexts as AccountsPool[];
  expect(made?.url).toBe('db://test');
  log.push(...(made?.log ?? []));
  expect(log.slice(0, 8)).toEqual(['acquire', 'begin', 'commit', 'release', 'acquire', 'begin', 'rollback', 'release']);
});

test('a process whose database is away is not ready, and says why', async () => {
  const ping = vi.spyOn(AccountsPool.prototype, 'ping').mockRejectedValueOnce(new Error('no route to host'));
  await using app = await runInMemory([AccountsService]);
  expect(ping).not.toHaveBeenCalled();
  expect((await app.runner.health.ready()).reasons).toEqual(['accounts, accounts_session accounts: no route to host']);
});

test('a wrong option fails the start', async () => {
  await expect(runInMemory([AccountsService], { config: { database: { uri: 'db://test' } } })).rejects.toThrow(
    'database.uri',
  );
});

test('services share a resource, which is closed with the last of them', async () => {
  const shared = accountsPool('db://shared');
  const made = await shared.open({ describe: () => [], health: new ServiceRunner([]).health });
  class Reader {
    pool = pool();
    @rpc url(): string {
      return `${this.pool.url} ${String(this.pool === made)}`;
    }
  }
  @service('one')
  class One extends Reader {}
  @service('two')
  class Two extends Reader {}
  {
    await using app = await runInMemory([One, Two], { resources: [shared] });
    expect([await app.bus.rpc(One).url(), await app.bus.rpc(Two).url()]).toEqual(Array(2).fill('db://shared true'));
  }
  expect(made.isOpen).toBe(false);
});

test('context data travels from the request to the service behind', async () => {
  await using app = await runInMemory([FrontService, BackService], { config: { web: { address: '127.0.0.1:0' } } });
  expect(await app.bus.rpc(BackService).hello()).toBe('Hallo acme');
  const response = await fetch(`${app.url}/hello`, { headers: { 'accept-language': 'de' } });
  expect(await response.text()).toBe('Hallo nobody');
});

test('a datagram fires the method', async () => {
  await using app = await runInMemory([CountersService]);
  const [container] = app.runner.containers;
  if (!container) throw new Error('one service was started');
  expect(manifestOf(container).entrypoints).toEqual([{ kind: 'datagram', method: 'count', port: countersPort }]);
  const socket = createSocket('udp4');
  socket.send('clicks', countersPort, '127.0.0.1');
  await expect.poll(() => counts.get('clicks')).toBe(1);
  socket.close();
});

test('a transport can stand in front of another', async () => {
  const transport = counting(new MemoryTransport());
  await using app = await runInMemory([Greeter], { transport });
  await using bus = await connect(transport);
  expect(app.runner.containers).toHaveLength(1);
  await bus.rpc(Greeter).greet('Ada');
  expect(transport.sent).toEqual({ calls: 1, events: 0 });
});

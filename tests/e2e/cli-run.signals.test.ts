import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { MycelProcess, project, startServices } from '../support/mycel-process.ts';

/** Work that ends when the test says so, by a line on standard input. */
const slow = `
import { http, rpc, service } from 'mycel';
@service('slow')
export class Slow {
  @http('GET', '/work') work() {
    console.log('working');
    return new Promise((done) => process.stdin.once('data', () => done('done')));
  }
  @http('GET', '/throw') stray() { setTimeout(() => { throw new Error('stray of amqp://u:hunter2@h') }, 1); return 1; }
  @http('GET', '/reject') reject() { void Promise.reject(new TypeError('unlooked')); return 1; }
}
@service('caller') export class Caller { @rpc ping() { return 1; } }
`;

describe('a signal', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s lets work in progress finish, then the process ends with 0',
    async (signal) => {
      const { mycel, url } = await startServices(['services.ts:Slow'], project({ 'services.ts': slow }));
      const response = fetch(`${url}/work`);
      await mycel.until(/working/);
      mycel.signal(signal);
      await mycel.until(/"msg":"SIG.*: stopping/);
      mycel.write('go on');
      expect(await (await response).text()).toBe('done');
      expect(await mycel.exit).toBe(0);
      expect(mycel.stdout).toContain('"msg":"stopped"');
    },
  );

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('a second one, %s, ends the process at once with %i', async (signal, code) => {
    const { mycel, url } = await startServices(['services.ts:Slow'], project({ 'services.ts': slow }));
    const response = fetch(`${url}/work`).catch(() => 'cut off');
    await mycel.until(/working/);
    mycel.signal('SIGTERM');
    await mycel.until(/SIGTERM: stopping/);
    mycel.signal(signal);
    expect(await mycel.exit).toBe(code);
    expect(await response).toBe('cut off');
  });

  test('work that outlasts the grace period is given up, and the process ends with 0', async () => {
    const { mycel, url } = await startServices(
      ['-d', 'shutdown_grace=10ms', 'services.ts:Slow'],
      project({ 'services.ts': slow }),
    );
    const response = fetch(`${url}/work`).catch(() => 'cut off');
    await mycel.until(/working/);
    mycel.signal('SIGTERM');
    expect(await mycel.exit).toBe(0);
    await response;
  });

  test('works while a start is stuck', async () => {
    const mute = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    // A server on a port has an address of that kind.
    const { port } = mute.address() as AddressInfo;
    const connected = once(mute, 'connection');
    const args = ['run', '-d', `AMQP_URI=amqp://127.0.0.1:${port}`, 'services.ts:Caller'];
    const mycel = new MycelProcess(args, project({ 'services.ts': slow }));
    await connected;
    mycel.signal('SIGTERM');
    expect(await mycel.exit).toBe(0);
    expect(mycel.stderr).toBe('');
    mute.close();
  });
});

describe('an error that nobody caught ends the process with 1, and is logged with its stack', () => {
  test.each([
    ['/throw', 'an error was thrown that nobody caught: stray of amqp://u:***@h'],
    ['/reject', 'a promise was rejected and nobody looked: unlooked'],
  ])('%s', async (path, message) => {
    const { mycel, url } = await startServices(['services.ts:Slow'], project({ 'services.ts': slow }));
    await fetch(url + path).catch(() => {});
    expect(await mycel.exit).toBe(1);
    expect(mycel.stdout).toContain(message);
    expect(mycel.stdout).toMatch(/"err":\{[^\n]*services\.ts:/);
    expect(mycel.stdout).not.toContain('hunter2');
  });

  test('a service that dies of a broken dependency', async () => {
    const dying = `
      import { dependency, DependencyProvider, http, service } from 'mycel';
      class Pool extends DependencyProvider<object> {
        override getDependency(): object { throw new Error('the pool is gone'); }
      }
      @service('dying') export class Dying {
        pool = dependency(() => new Pool());
        @http('GET', '/') get() { return this.pool; }
      }`;
    const { mycel, url } = await startServices(['services.ts'], project({ 'services.ts': dying }));
    await fetch(url).catch(() => {});
    expect(await mycel.exit).toBe(1);
    expect(mycel.stdout).toMatch(/"msg":"the services were stopped by a failure: .*the pool is gone/);
  });
});

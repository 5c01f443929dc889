import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { fired } from '../../../../tests/support/fired-entrypoint.ts';
import { HealthApp } from '../../../../tests/support/health-app.ts';
import { dependency } from '../core/dependency.ts';
import { DependencyProvider } from '../core/dependency-provider.ts';
import { manifestOf } from '../core/manifest.ts';
import { defineService } from '../core/service.ts';
import type { ServiceDefinition } from '../core/service-definition.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import { http } from './http.ts';

/** What a test wants of the dependency of a {@link Shop}. */
interface Script {
  readonly start?: () => Promise<void>;
  readonly health?: () => HealthReport | Promise<void> | undefined;
}

class Scripted extends DependencyProvider<void> {
  override readonly kind = 'database';
  readonly #script: Script;
  constructor(script: Script) {
    super();
    this.#script = script;
  }
  override async start(): Promise<void> {
    await this.#script.start?.();
  }
  override getDependency(): void {}
  override health(): HealthReport | Promise<void> | undefined {
    return this.#script.health?.();
  }
}

interface Shop {
  readonly service: ServiceDefinition;
  /** A request for `/slow` has its worker. */
  readonly entered: Deferred<void>;
  /** Lets it end. */
  readonly release: Deferred<void>;
}

/** A service with one worker at most. */
function shop(script: Script = {}): Shop {
  const [entered, release] = [deferred(), deferred()];
  class ShopService {
    db = dependency(() => new Scripted(script));
    async slow(): Promise<string> {
      entered.resolve();
      await release.promise;
      return 'done';
    }
    quick(): string {
      return 'quick';
    }
  }
  const methods = { slow: http('GET', '/slow'), quick: http('GET', '/quick') };
  return { service: defineService(ShopService, 'shop', methods, { maxWorkers: 1 }), entered, release };
}

/** A service without HTTP, whose start waits. */
function silent(start: () => Promise<void> = async () => {}): ServiceDefinition {
  class Silent {
    db = dependency(() => new Scripted({ start }));
    run(): void {}
  }
  return defineService(Silent, 'silent', { run: fired });
}

const ownPort = { address: '127.0.0.1:0' };

describe('the health endpoints on the web server', () => {
  test('answer with 200 and JSON that nobody keeps, while all is well', async () => {
    const { service } = shop();
    const app = await HealthApp.start([service]);
    const response = await app.fetch('/health/ready');
    expect([response.status, response.headers.get('cache-control'), response.headers.get('content-type')]).toEqual([
      200,
      'no-store',
      'application/json',
    ]);
    expect(await response.json()).toEqual({
      ok: true,
      state: 'running',
      reasons: [],
      services: [
        {
          service: 'shop',
          instance: app.runner.containers[0]?.instanceId,
          state: 'running',
          ready: true,
          checks: [{ name: 'database db', ready: true, state: 'ok' }],
        },
      ],
      shared: [],
    });
    expect(await app.statuses()).toEqual({ live: 200, startup: 200, ready: 200 });
  });

  test('answer HEAD with the same status and no body, and take no other method', async () => {
    const { service } = shop({ health: () => ({ ready: false, state: 'lost' }) });
    const app = await HealthApp.start([service]);
    const head = await app.fetch('/health/ready', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([503, '']);
    const post = await app.fetch('/health/ready', { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  test('answer with 503 and the reason while a check fails, and are alive all the same', async () => {
    const { service } = shop({ health: async () => Promise.reject(new Error('postgres://u:pw@db/ is not there')) });
    const app = await HealthApp.start([service]);
    expect(await app.statuses()).toEqual({ live: 200, startup: 200, ready: 503 });
    expect(await (await app.fetch('/health/ready')).json()).toMatchObject({
      ok: false,
      reasons: ['shop, database db: postgres://u:***@db/ is not there'],
    });
  });

  test('tell no more than whether all is well where details are off', async () => {
    const { service } = shop({ health: () => ({ ready: false, state: 'lost', reason: 'a host of ours' }) });
    const app = await HealthApp.start([service], { details: false });
    expect(await (await app.fetch('/health/ready')).json()).toEqual({ ok: false, state: 'running' });
  });

  test('need no worker', async () => {
    const { service, entered, release } = shop();
    const app = await HealthApp.start([service]);
    const running = app.fetch('/slow');
    await entered.promise;
    expect(await app.statuses()).toEqual({ live: 200, startup: 200, ready: 200 });
    release.resolve();
    await (await running).text();
  });

  test('are no entrypoints', async () => {
    const { service } = shop();
    const app = await HealthApp.start([service]);
    const [container] = app.runner.containers;
    expect(container && manifestOf(container).entrypoints.map(({ method }) => method)).toEqual(['slow', 'quick']);
  });

  test('stand elsewhere with another path', async () => {
    const { service } = shop();
    const app = await HealthApp.start([service], { path: '/-/state' });
    expect((await app.fetch('/-/state/live')).status).toBe(200);
    expect((await app.fetch('/health/live')).status).toBe(404);
  });

  test('give way to a rule for exactly their path, and to no other', async () => {
    class Own {
      ready(): string {
        return 'my own';
      }
      rest(): string {
        return 'anything';
      }
    }
    const own = defineService(Own, 'own', { ready: http('GET', '/health/ready'), rest: http('GET', '/<path:rest>') });
    const app = await HealthApp.start([shop().service, own]);
    expect(await (await app.fetch('/health/ready')).text()).toBe('my own');
    expect(await (await app.fetch('/health/live')).json()).toMatchObject({ ok: true });
    expect(await (await app.fetch('/health/else')).text()).toBe('anything');
  });

  test('say while other services of the process still start that they do', async () => {
    const gate = deferred();
    const app = new HealthApp([shop().service, silent(() => gate.promise)]);
    const started = app.runner.start();
    await expect.poll(() => app.web?.address).toBeDefined();
    expect(await app.statuses()).toEqual({ live: 200, startup: 503, ready: 503 });
    gate.resolve();
    await started;
    expect(await app.statuses()).toEqual({ live: 200, startup: 200, ready: 200 });
  });
});

describe('while a process drains', () => {
  test('its web server says that it is not ready and refuses requests, until the work in flight has ended', async () => {
    const { service, entered, release } = shop();
    const app = await HealthApp.start([service]);
    const running = app.fetch('/slow');
    await entered.promise;
    const stopped = app.runner.stop();
    expect(await app.statuses()).toEqual({ live: 200, startup: 200, ready: 503 });
    const ready = await app.fetch('/health/ready');
    expect(await ready.json()).toMatchObject({ reasons: ['the process is stopping', 'shop is stopping'] });
    expect(ready.headers.get('connection')).toBe('close');
    expect((await app.fetch('/quick')).status).toBe(503);
    release.resolve();
    expect(await (await running).text()).toBe('done');
    await stopped;
    expect(app.web?.address).toBeUndefined();
  });

  test('a connection that was opened meanwhile and never used does not hold up its end', async () => {
    const { service, entered, release } = shop();
    const app = await HealthApp.start([service]);
    const running = app.fetch('/slow');
    await entered.promise;
    const stopped = app.runner.stop();
    const idle = connect(app.web?.address?.port ?? 0, '127.0.0.1');
    await once(idle, 'connect');
    const closed = once(idle.resume(), 'close');
    expect(await app.statuses()).toMatchObject({ ready: 503 }); // the server has taken the idle one before these
    release.resolve();
    await (await running).text();
    await Promise.all([stopped, closed]); // long before drain_timeout
  });

  test('its own port answers until all services have stopped, and its web server takes nobody in', async () => {
    const { service, entered, release } = shop();
    const app = await HealthApp.start([service], ownPort);
    const port = app.web?.address?.port ?? 0;
    const running = fetch(`http://127.0.0.1:${port}/slow`);
    await entered.promise;
    const stopped = app.runner.stop();
    expect(await app.statuses()).toEqual({ live: 200, startup: 200, ready: 503 });
    await expect(fetch(`http://127.0.0.1:${port}/quick`)).rejects.toThrow('fetch failed');
    release.resolve();
    expect(await (await running).text()).toBe('done');
    await stopped;
    expect(app.own?.address).toBeUndefined();
  });
});

describe('the health endpoints on a port of their own', () => {
  test('answer for services without HTTP, from before they start', async () => {
    const gate = deferred();
    const app = new HealthApp([silent(() => gate.promise)], ownPort);
    const started = app.runner.start();
    await expect.poll(() => app.own?.address).toBeDefined();
    expect(await app.statuses()).toEqual({ live: 200, startup: 503, ready: 503 });
    gate.resolve();
    await started;
    expect(await app.statuses()).toEqual({ live: 200, startup: 200, ready: 200 });
    await app.runner.stop();
    expect(app.own?.address).toBeUndefined();
  });

  test('are not on the web server as well', async () => {
    const app = await HealthApp.start([shop().service], ownPort);
    expect((await app.fetch('/health/live')).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${app.web?.address?.port}/health/live`)).status).toBe(404);
  });

  test('fail the start by name if the port is taken', async () => {
    const first = await HealthApp.start([silent()], ownPort);
    const second = new HealthApp([silent()], { address: `127.0.0.1:${first.own?.address?.port}` });
    await expect(second.runner.start()).rejects.toMatchObject({
      code: 'MYCEL_WEB_LISTEN',
      message: expect.stringMatching(
        /^the health server cannot listen .* or set health\.address to another port/,
      ) as string,
    });
  });

  test('open no port without being asked to', async () => {
    const app = await HealthApp.start([silent()]);
    expect([app.own, app.web]).toEqual([undefined, undefined]);
  });
});

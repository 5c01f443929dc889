import { onTestFinished } from 'vitest';
import type { ServiceDefinition } from '../../packages/mycel/src/core/service-definition.ts';
import { ServiceRunner } from '../../packages/mycel/src/core/runner.ts';
import type { Config } from '../../packages/mycel/src/foundation/config-section.ts';
import { silentLogger } from '../../packages/mycel/src/foundation/logger.ts';
import { healthServerResource, type WebServer, webServerResource } from '../../packages/mycel/src/web/index.ts';

/** Services that tell their health over HTTP: on the web server, or where `health.address` says. */
export class HealthApp {
  readonly runner: ServiceRunner;
  readonly #web: { readonly server: WebServer | undefined };
  #own: WebServer | undefined;

  /** Starts nothing yet; they are stopped when the test ends. `health` holds the options of that section. */
  constructor(services: readonly ServiceDefinition[], health: Readonly<Record<string, unknown>> = {}) {
    const sections: Readonly<Record<string, unknown>> = {
      web: { address: '127.0.0.1:0', drain_timeout: '1h' },
      health,
    };
    const config: Config = { section: ({ key, schema }) => schema.parse(sections[key] ?? {}), check: () => {} };
    const web = webServerResource(config, silentLogger, { servesHealth: true });
    const own = healthServerResource(config, silentLogger);
    const noted: typeof own = { ...own, open: async (owner) => (this.#own = await own.open(owner)) };
    this.#web = web;
    this.runner = new ServiceRunner(services, { config, resources: [web, noted] });
    onTestFinished(() => this.runner.stop().catch(() => {})); // what a test expects of the stop, it awaits itself
  }

  /** Starts services, and resolves once they run. */
  static async start(
    services: readonly ServiceDefinition[],
    health?: Readonly<Record<string, unknown>>,
  ): Promise<HealthApp> {
    const app = new HealthApp(services, health);
    await app.runner.start();
    return app;
  }

  /** The server of the services. */
  get web(): WebServer | undefined {
    return this.#web.server;
  }

  /** The server of the health endpoints' own port. */
  get own(): WebServer | undefined {
    return this.#own;
  }

  /** Asks the web server, or the health endpoints' own server if there is one. */
  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`http://127.0.0.1:${(this.#own ?? this.web)?.address?.port}${path}`, init);
  }

  /** Gives the status of each endpoint. */
  async statuses(): Promise<Record<string, number>> {
    const questions = ['live', 'startup', 'ready'];
    const answers = questions.map(async (name) => [name, (await this.fetch(`/health/${name}`)).status] as const);
    return Object.fromEntries(await Promise.all(answers));
  }
}

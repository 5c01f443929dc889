import type { SharedResource } from '../core/resources.ts';
import type { Config } from '../foundation/config-section.ts';
import type { Logger } from '../foundation/logger.ts';
import { resourceKey } from '../foundation/resource-key.ts';
import { type HealthOptions, healthSection } from './health-options.ts';
import { type HealthAnswers, healthQuestions, HealthRoute } from './health-route.ts';
import { UrlRule } from './url-rule.ts';
import { webSection } from './web-options.ts';
import { WebServer } from './web-server.ts';

/** Under this key the server of the health endpoints is kept, where they have a port of their own. */
export const healthServerKey = resourceKey<WebServer | undefined>('health server');

/**
 * The health endpoints on a port of their own, for `health.address`; without that option it opens nothing. Give it to a
 * runner among its resources: the port is open before the services start, and until they have stopped.
 */
export function healthServerResource(config: Config, logger: Logger): SharedResource<WebServer | undefined> {
  let server: WebServer | undefined;
  return {
    key: healthServerKey,
    opensFirst: true,
    async open({ health }) {
      const options = config.section(healthSection);
      const { address } = options;
      if (address === undefined) return undefined;
      const purpose = { name: 'health server', option: 'health.address' };
      server = new WebServer(webSection.schema.parse({ address }), logger, purpose);
      serveHealth(server, health, options);
      await server.listen();
      return server;
    },
    async close() {
      await server?.close();
    },
  };
}

/** Adds the three health endpoints to a server. */
export function serveHealth(server: WebServer, health: HealthAnswers, options: HealthOptions): void {
  for (const question of healthQuestions) {
    const rule = new UrlRule(`${options.path}/${question}`);
    server.addOwnRoute(rule, new HealthRoute(() => health[question](), options));
  }
}

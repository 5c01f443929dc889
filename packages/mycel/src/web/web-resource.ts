import type { SharedResource } from '../core/resources.ts';
import type { Config } from '../foundation/config-section.ts';
import type { Logger } from '../foundation/logger.ts';
import { resourceKey } from '../foundation/resource-key.ts';
import { healthSection } from './health-options.ts';
import { serveHealth } from './health-resource.ts';
import { webSection } from './web-options.ts';
import { WebServer } from './web-server.ts';

/** Under this key the services of a process find their web server. */
export const webServerKey = resourceKey<WebServer>('web server');

/** What {@link webServerResource} returns. */
export interface WebServerResource extends SharedResource<WebServer> {
  /** The server, once a service has asked for it. */
  readonly server: WebServer | undefined;
}

/** What the web server of a process does besides serving its services. */
export interface WebServerDuties {
  /** Serves the health endpoints, unless `health.address` gives them a port of their own. @default false */
  readonly servesHealth?: boolean;
}

/**
 * The web server as what the services of a process share: give it to a runner among its resources. It is made when a
 * service with an http entrypoint asks for it, and listens once such a service starts.
 */
export function webServerResource(
  config: Config,
  logger: Logger,
  { servesHealth = false }: WebServerDuties = {},
): WebServerResource {
  let server: WebServer | undefined;
  return {
    key: webServerKey,
    get server() {
      return server;
    },
    async open({ health }) {
      server = new WebServer(config.section(webSection), logger);
      if (!servesHealth) return server;
      const options = config.section(healthSection);
      if (options.address === undefined) serveHealth(server, health, options);
      return server;
    },
    async close() {
      await server?.close();
    },
  };
}

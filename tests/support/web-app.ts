import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ServiceRunner, type RunnerOptions } from '../../packages/mycel/src/core/runner.ts';
import type { ServiceClass, ServiceDefinition } from '../../packages/mycel/src/core/service-definition.ts';
import type { WorkerHandle } from '../../packages/mycel/src/core/worker-request.ts';
import type { Config } from '../../packages/mycel/src/foundation/config-section.ts';
import { webServerResource, type WebServer } from '../../packages/mycel/src/web/index.ts';
import { recordingLogger, type LogRecord } from './recording-logger.ts';

/** Services behind a web server on a free port of 127.0.0.1; stopped when disposed of. */
export class WebApp implements AsyncDisposable {
  readonly runner: ServiceRunner;
  readonly server: WebServer;
  readonly logged: readonly LogRecord[];
  readonly port: number;

  private constructor(runner: ServiceRunner, server: WebServer, logged: readonly LogRecord[]) {
    this.runner = runner;
    this.server = server;
    this.logged = logged;
    this.port = server.address?.port ?? 0;
  }

  static async start(
    services: readonly (ServiceClass | ServiceDefinition)[],
    web: Record<string, unknown> = {},
    options: RunnerOptions = {},
  ): Promise<WebApp> {
    const logged: LogRecord[] = [];
    const logger = recordingLogger(logged);
    const config = configOf(web);
    const resource = webServerResource(config, logger);
    const runner = new ServiceRunner(services, { config, logger, resources: [resource], ...options });
    await runner.start();
    if (!resource.server) throw new Error('no service has an http entrypoint');
    return new WebApp(runner, resource.server, logged);
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(this.url(path), init);
  }

  /** Shows each worker as it is asked for, from now on. */
  onSpawn(see: (worker: WorkerHandle) => void): void {
    for (const container of this.runner.containers) {
      const spawnWorker = container.spawnWorker.bind(container);
      container.spawnWorker = (request) => {
        const worker = spawnWorker(request);
        see(worker);
        return worker;
      };
    }
  }

  /** Opens a connection, to speak over it as no client does. */
  async connect(): Promise<RawConnection> {
    const socket = connect(this.port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runner.stop();
  }
}

/** A configuration in which `web` holds these options. */
export function configOf(web: Record<string, unknown>): Config {
  return {
    section: ({ key, schema }) => schema.parse(key === 'web' ? { address: '127.0.0.1:0', ...web } : {}),
    check: () => {},
  };
}

/** A TCP connection, and what has come back over it. */
export class RawConnection implements Disposable {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #received = '';
  #error: Error | undefined;
  #check: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text) => {
      this.#received += String(text);
      this.#check?.();
    });
    socket.on('error', (error) => (this.#error = error));
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** How the connection broke, if it did not end properly. */
  get error(): Error | undefined {
    return this.#error;
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Resolves with all that has come once it matches. */
  until(pattern: RegExp): Promise<string> {
    return new Promise((resolve) => {
      this.#check = () => {
        if (pattern.test(this.#received)) resolve(this.#received);
      };
      this.#check();
    });
  }

  /** Resolves with all that came once the server has closed the connection. */
  async untilClosed(): Promise<string> {
    await this.closed;
    return this.#received;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

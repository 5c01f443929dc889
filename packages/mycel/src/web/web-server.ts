import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Logger } from '../foundation/logger.ts';
import { refuseGarbage } from './client-error.ts';
import { ConnectionSet } from './connection-set.ts';
import { HttpError } from './http-error.ts';
import { HttpExchange, type ExchangeServer } from './http-exchange.ts';
import { formatAddress, parseListenAddress, type ListenAddress } from './listen-address.ts';
import { RouteTable, type RouteTarget } from './route-table.ts';
import type { HttpMethod } from './rule-params.ts';
import type { RuleValues, UrlRule } from './url-rule.ts';
import { WebListenError } from './web-errors.ts';
import type { WebOptions } from './web-options.ts';

/** Handles the requests of a route. */
export interface RouteHandler extends RouteTarget {
  /** *waiting* until its service has started, then *open*, and *closed* once that stops. */
  readonly state: 'waiting' | 'open' | 'closed';
  /** Handles a request; called only while the route is open. Must not throw. */
  handle(exchange: HttpExchange, values: RuleValues): void;
}

/** What a server is for: how it is called, and the option that says where it listens. */
export interface WebServerPurpose {
  readonly name: string;
  readonly option: string;
}

/**
 * The HTTP server of a process: services add their routes, and share its port.
 *
 * States: *new* (takes routes) -> *listening* -> *stopping* (takes no connection, owes the responses it owes) ->
 * *closed*. It begins to stop when the last service's route closes. One with routes of its own (health) takes connections
 * until it is closed, and refuses the requests of services.
 */
export class WebServer implements ExchangeServer {
  readonly options: WebOptions;
  readonly #logger: Logger;
  readonly #purpose: WebServerPurpose;
  readonly #server: Server;
  readonly #routes = new RouteTable<RouteHandler>();
  readonly #handlers = new Set<RouteHandler>();
  readonly #connections = new ConnectionSet();
  #listening: Promise<ListenAddress> | undefined;
  #hasOwnRoutes = false;
  #isStopping = false;
  #isDeaf = false;
  #closed: Promise<void> | undefined;

  constructor(options: WebOptions, logger: Logger, purpose: WebServerPurpose = forServices) {
    this.options = options;
    this.#logger = logger;
    this.#purpose = purpose;
    this.#server = this.#createServer();
  }

  /** True once no further request of a service is taken: responses then close their connection. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** True if it answers for itself too: it then listens before its services have started. */
  get hasOwnRoutes(): boolean {
    return this.#hasOwnRoutes;
  }

  /** Where the server listens, with the port it was given for port 0; `undefined` while it does not. */
  get address(): ListenAddress | undefined {
    const address = this.#server.address() as AddressInfo | null; // it listens on no pipe
    return address ? { host: address.address, port: address.port } : undefined;
  }

  /** Adds a route. Throws a `RouteConflictError` if another one is for the same requests. */
  addRoute(methods: readonly HttpMethod[], rule: UrlRule, handler: RouteHandler): void {
    this.#routes.add(methods, rule, handler);
    this.#handlers.add(handler);
  }

  /** Adds a route of the server's own, which answers as long as it listens; a service's route for the same path wins. */
  addOwnRoute(rule: UrlRule, handler: RouteHandler): void {
    this.#routes.add(['GET'], rule, handler);
    this.#hasOwnRoutes = true;
  }

  /** Begins to listen, if it does not yet. Rejects with a `WebListenError` if it cannot. */
  listen(): Promise<ListenAddress> {
    this.#listening ??= this.#listen();
    return this.#listening;
  }

  /** Tells the server that a route has closed. With the last one it stops. */
  routeClosed(): void {
    if ([...this.#handlers].every(({ state }) => state === 'closed')) this.stop();
  }

  /** Stops listening, unless it has routes of its own, and closes idle connections at once. Running requests go on; their connections close after them. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    if (!this.#hasOwnRoutes) this.#turnDeaf();
    this.#connections.closeIdle();
  }

  /** Stops, waits up to `drain_timeout` for responses that are on their way, then closes all connections. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#listening?.catch(() => {}); // whoever asked to listen was told
    this.stop();
    this.#turnDeaf();
    this.#connections.closeIdle(); // those that came since the stop
    const timer = setTimeout(() => this.#connections.destroy(), this.options.drain_timeout);
    await this.#connections.empty();
    clearTimeout(timer);
  }

  #turnDeaf(): void {
    this.#isDeaf = true;
    // A server that is about to listen cannot be closed yet; #listen does it then.
    if (this.#server.listening) this.#server.close();
  }

  #createServer(): Server {
    const { request_timeout: requestTimeout, headers_timeout, keep_alive_timeout: keepAliveTimeout } = this.options;
    const headersTimeout = requestTimeout ? Math.min(headers_timeout, requestTimeout) : headers_timeout;
    const shortest = Math.min(...[headersTimeout, requestTimeout, 60_000].filter((ms) => ms > 0));
    const connectionsCheckingInterval = Math.max(20, Math.ceil(shortest / 4));
    const server = createServer({ requestTimeout, headersTimeout, keepAliveTimeout, connectionsCheckingInterval });
    server.on('connection', (socket) => this.#connections.add(socket));
    server.on('request', (request, response) => this.#take(request, response, false));
    server.on('checkContinue', (request, response) => this.#take(request, response, true));
    server.on('clientError', (error, socket) => {
      // It is the socket of a connection, as this is no server on another kind of stream.
      refuseGarbage(error, socket, this.#connections.owedBy(socket as Socket));
    });
    return server;
  }

  async #listen(): Promise<ListenAddress> {
    const { address } = this.options;
    const { name } = this.#purpose;
    const server = this.#server;
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => reject(new WebListenError(address, error, this.#purpose));
      const wanted = parseListenAddress(address);
      if (!wanted) return fail(new Error('it is no address'));
      if (this.#isStopping) return fail(new Error('it was stopped before'));
      server.once('error', fail);
      server.listen({ port: wanted.port, ...(wanted.host === undefined ? {} : { host: wanted.host }) }, () => {
        server.off('error', fail);
        server.on('error', (error) => this.#logger.error({ err: error }, `the ${name} failed to take a connection`));
        if (this.#isDeaf) server.close();
        resolve();
      });
    });
    const actual = this.address;
    if (!actual) throw new WebListenError(address, new Error('it was stopped meanwhile'), this.#purpose);
    this.#logger.info({}, `${name} listens at http://${formatAddress(actual)}`);
    return actual;
  }

  #take(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    this.#connections.begin(request.socket, response);
    const exchange = new HttpExchange(request, response, this, awaitsContinue);
    try {
      this.#dispatch(exchange, request.method ?? '', request.url ?? '/');
    } catch (error) {
      this.#logger.error({ err: error }, `${request.method} ${request.url} could not be handled`);
      exchange.sendError(error);
    }
  }

  #dispatch(exchange: HttpExchange, method: string, url: string): void {
    const found = this.#routes.find(method, url);
    switch (found.kind) {
      case 'found':
        if (found.target.state === 'open') return found.target.handle(exchange, found.values);
        return exchange.sendError(unavailable(found.target));
      case 'redirect':
        void exchange.send({ status: 308, headers: { location: found.location }, body: undefined });
        return;
      case 'options':
        void exchange.send({ status: 204, headers: { allow: found.allow.join(', ') }, body: undefined });
        return;
      case 'wrong-method':
        return exchange.sendError(wrongMethod(method, found.allow));
      case 'bad-encoding':
        return exchange.sendError(new HttpError(400, 'the path is not percent-encoded UTF-8'));
      case 'not-found':
        return exchange.sendError(new HttpError(404, 'there is nothing at this path'));
    }
  }
}

const forServices: WebServerPurpose = { name: 'web server', option: 'web.address' };

function wrongMethod(method: string, allow: readonly string[]): HttpError {
  const allowed = allow.join(', ');
  return new HttpError(405, `${method} is not for this path; it takes ${allowed}`, { headers: { allow: allowed } });
}

function unavailable({ state }: RouteHandler): HttpError {
  const why = state === 'waiting' ? 'the service is starting' : 'the service is stopping';
  return new HttpError(503, `${why}; try again`, { headers: { 'retry-after': '1' } });
}

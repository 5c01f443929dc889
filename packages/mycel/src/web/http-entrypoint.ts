import { Entrypoint } from '../core/entrypoint.ts';
import type { WorkerContext } from '../core/worker-context.ts';
import { CallTimeoutSignal } from '../core/worker-errors.ts';
import type { WorkerHandle, WorkerOutcome } from '../core/worker-request.ts';
import { errorPayload, isClientFault } from './error-payload.ts';
import type { HttpExchange } from './http-exchange.ts';
import { resolveHttpOptions, type HttpOptions, type ResolvedHttpOptions } from './http-options.ts';
import { SocketRequest, type HttpRequest } from './http-request.ts';
import { payloadOf, type ResponsePayload } from './response-payload.ts';
import type { HttpMethod } from './rule-params.ts';
import type { RuleValues, UrlRule } from './url-rule.ts';
import { ClientDisconnectedError, RequestTimeoutError } from './web-errors.ts';
import { webSection } from './web-options.ts';
import { webServerKey } from './web-resource.ts';
import type { RouteHandler, WebServer } from './web-server.ts';

/**
 * Fires a method for each HTTP request that its rule fits. Subclass it to change what all of an application's handlers
 * have in common: `contextData`, `responseTo` and `responseToError` are there to be overridden.
 */
export class HttpEntrypoint extends Entrypoint implements RouteHandler {
  readonly kind = 'http';
  override readonly configSections = [webSection];
  readonly methods: readonly HttpMethod[];
  readonly rule: UrlRule;
  readonly #options: ResolvedHttpOptions;
  #server: WebServer | undefined;
  #state: RouteHandler['state'] = 'waiting';
  #bodyLimit = 0;

  constructor(methods: readonly HttpMethod[], rule: UrlRule, options: HttpOptions = {}) {
    super();
    this.methods = methods;
    this.rule = rule;
    this.#options = resolveHttpOptions(options, `@http('${methods.join(',')}', '${rule.text}')`);
  }

  get owner(): string {
    return `${this.host.serviceName}.${this.method}`;
  }

  get state(): RouteHandler['state'] {
    return this.#state;
  }

  override isExpected(error: unknown): boolean {
    return isClientFault(error, this.#options.expected);
  }

  override describe(): Record<string, unknown> {
    return { methods: this.methods, rule: this.rule.text };
  }

  override async setup(): Promise<void> {
    this.#server = await this.host.resource(webServerKey);
    this.#bodyLimit = this.#options.bodyLimit ?? this.#server.options.body_limit;
    this.#server.addRoute(this.methods, this.rule, this);
    // Whoever asks how the process is gets an answer while it waits for a broker or a database.
    if (this.#server.hasOwnRoutes) await this.#server.listen();
  }

  override async start(): Promise<void> {
    this.#state = 'open';
    await this.#server?.listen();
  }

  override stop(): void {
    this.#state = 'closed';
    this.#server?.routeClosed();
  }

  override kill(): void {
    this.stop();
  }

  handle(exchange: HttpExchange, values: RuleValues): void {
    const firing: { worker?: WorkerHandle } = {};
    const request = new SocketRequest(exchange.raw, {
      bodyLimit: this.#bodyLimit,
      signal: () => firing.worker?.context.signal ?? new AbortController().signal,
      beforeBody: () => exchange.allowBody(),
    });
    let data: Readonly<Record<string, unknown>> | undefined;
    try {
      data = this.contextData(request);
    } catch (error) {
      return this.#refuse(exchange, error);
    }
    firing.worker = this.host.spawnWorker({
      entrypoint: this,
      args: [request, values],
      context: data && { data },
      timeoutMs: this.#options.timeoutMs,
      handleResult: (outcome, context) => this.#settle(exchange, outcome, context),
    });
    this.#watch(exchange, firing.worker);
  }

  /** Reads the context data a worker begins with out of a request. By default what the handler's options say: none. */
  protected contextData(request: HttpRequest): Readonly<Record<string, unknown>> | undefined {
    return this.#options.contextData?.(request);
  }

  /** Makes the response of what the method returned. An error thrown here is answered with a 500. */
  protected responseTo(result: unknown): ResponsePayload {
    return payloadOf(result, this.#options.status);
  }

  /** Makes the response of what the method threw, or of why it was not run. An error thrown here is a plain 500. */
  protected responseToError(error: unknown, callId: string | undefined): ResponsePayload {
    return errorPayload(error, { expected: this.#options.expected, callId });
  }

  /** Ends the worker's signal when nobody waits any more, and answers for a worker that cannot. */
  #watch(exchange: HttpExchange, worker: WorkerHandle): void {
    const { raw, response } = exchange;
    const { timeoutMs } = this.#options;
    const timeOut = (): void => {
      this.#timeOut(exchange, worker.context);
      worker.abort(worker.context.signal.reason); // takes it out of the queue, if it still waits
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(timeOut, timeoutMs);
    response.once('close', () => {
      clearTimeout(timer);
      if (!response.writableFinished) worker.abort(new ClientDisconnectedError(raw.method ?? '', raw.url ?? ''));
    });
    worker.outcome.catch((error: unknown) => {
      if (exchange.isOver) exchange.cutIfUnfinished();
      else this.#answer(exchange, error, worker.context.callId);
    });
  }

  /** Answers with an error, or, if that cannot be sent (its details are no JSON), with a plain 500. Never throws. */
  #answer(exchange: HttpExchange, error: unknown, callId: string | undefined): void {
    const failed = (failure: unknown): void => {
      this.host.logger.error({ callId, err: failure }, `the error of ${this.owner} could not be sent to the client`);
      if (exchange.isOver) exchange.cutIfUnfinished();
      else exchange.sendError(failure);
    };
    try {
      exchange.send(this.responseToError(error, callId))?.catch(failed);
    } catch (failure) {
      failed(failure);
    }
  }

  /** Answers a request that gets no worker. */
  #refuse(exchange: HttpExchange, error: unknown): void {
    if (!this.isExpected(error))
      this.host.logger.error({ err: error }, `the context data of ${this.owner} could not be read`);
    this.#answer(exchange, error, undefined);
  }

  #timeOut(exchange: HttpExchange, context: WorkerContext): void {
    const { method = '', url = '' } = exchange.raw;
    const error = new RequestTimeoutError(method, url, this.#options.timeoutMs ?? 0);
    this.#answer(exchange, error, context.callId);
    context.abort(error);
  }

  #settle(
    exchange: HttpExchange,
    outcome: WorkerOutcome,
    context: WorkerContext,
  ): Promise<WorkerOutcome | void> | void {
    // The context's own timer may be a little ahead, and the method react to it before the client has its answer.
    if (this.#options.timeoutMs !== undefined && context.signal.reason instanceof CallTimeoutSignal) {
      return this.#timeOut(exchange, context);
    }
    if (!outcome.ok) {
      this.#answer(exchange, outcome.error, context.callId);
      return undefined;
    }
    try {
      const sent = exchange.send(this.responseTo(outcome.value), () => context.signal);
      return sent?.catch((error: unknown) => this.#responseFailed(exchange, error, context));
    } catch (error) {
      return Promise.resolve(this.#responseFailed(exchange, error, context));
    }
  }

  /** The method has returned, and its result could not be sent, or not in full. */
  #responseFailed(exchange: HttpExchange, error: unknown, context: WorkerContext): WorkerOutcome {
    const fields = { callId: context.callId, err: error };
    if (this.isExpected(error)) this.host.logger.warn(fields, `the response of ${this.owner} was not sent in full`);
    else this.host.logger.error(fields, `the response of ${this.owner} could not be sent`);
    this.#answer(exchange, error, context.callId);
    return { ok: false, error };
  }
}

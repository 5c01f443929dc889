import { UsageError } from '../foundation/errors.ts';
import { durationMs, type Duration } from '../foundation/duration.ts';
import type { ErrorClasses } from './error-payload.ts';
import type { HttpRequest } from './http-request.ts';
import type { HttpMethod } from './rule-params.ts';

/** How a handler treats its requests. */
export interface HttpOptions {
  /** Classes whose errors are the client's fault: answered with 400 and their message, logged as warnings. @default none */
  readonly expected?: ErrorClasses;
  /** The status of results that name none. @default 200, or 204 for `undefined` */
  readonly status?: number;
  /** The largest body, in bytes; `Infinity` for any. @default the configuration's `web.body_limit` */
  readonly bodyLimit?: number;
  /** After this time the client gets a 503 and the request's signal aborts. @default none */
  readonly timeout?: Duration;
  /** Reads context data, which travels with every call made from the handler, out of a request. @default none */
  readonly contextData?: (request: HttpRequest) => Readonly<Record<string, unknown>>;
}

/** {@link HttpOptions}, checked; what is `undefined` is up to the server. */
export interface ResolvedHttpOptions {
  readonly expected: ErrorClasses;
  readonly status: number | undefined;
  readonly bodyLimit: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly contextData: HttpOptions['contextData'];
}

/** Fills in defaults and checks. Throws one `UsageError` that lists every problem; `where` names the handler in it. */
export function resolveHttpOptions(options: HttpOptions, where: string): ResolvedHttpOptions {
  const { expected = [], status, bodyLimit, timeout, contextData } = options;
  const problems: string[] = [];
  if (status !== undefined && !(Number.isInteger(status) && status >= 200 && status <= 599)) {
    problems.push(`status: expected a whole number from 200 to 599, got ${status}`);
  }
  if (bodyLimit !== undefined && !(bodyLimit >= 0))
    problems.push(`bodyLimit: expected a number of bytes, got ${bodyLimit}`);
  if (problems.length) throw new UsageError(`${where}: ${problems.join('; ')}`);
  const timeoutMs = timeout === undefined ? undefined : durationMs(timeout, `${where}: timeout`);
  return { expected, status, bodyLimit, timeoutMs, contextData };
}

const httpMethods: ReadonlySet<string> = new Set<HttpMethod>([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);

/** Reads `'GET'`, `'GET,POST'` or a list of methods. Throws a `UsageError` for others. */
export function parseMethods(methods: string | readonly string[]): readonly HttpMethod[] {
  const names = (typeof methods === 'string' ? methods.split(',') : methods).map((name) => name.trim().toUpperCase());
  const unknown = names.find((name) => !httpMethods.has(name));
  if (unknown !== undefined || !names.length) {
    throw new UsageError(`@http: '${unknown ?? ''}' is no method; use one or more of ${[...httpMethods].join(', ')}`);
  }
  return [...new Set(names)] as HttpMethod[]; // each is in the set of them
}

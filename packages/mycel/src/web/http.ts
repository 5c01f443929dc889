import { declareEntrypoint, type EntrypointDecorator } from '../core/declaration.ts';
import { HttpEntrypoint } from './http-entrypoint.ts';
import { parseMethods, type HttpOptions } from './http-options.ts';
import type { HttpRequest } from './http-request.ts';
import type { CheckedMethods, CheckedRule, RuleParams } from './rule-params.ts';
import { UrlRule } from './url-rule.ts';

/** A method that `@http` with the rule `R` can stand on: it gets the request and the rule's parameters. */
export type HttpHandler<R extends string = string> = (request: HttpRequest, params: RuleParams<R>) => unknown;

/**
 * Fires the method for HTTP requests: `@http('GET', '/orders/<int:id>')`. `method` may be several (`'GET,POST'`, or a
 * list); `HEAD` comes with `GET`. Rules are written as in werkzeug: `<x>`, `<int:x>`, `<float:x>`, `<uuid:x>`,
 * `<any(a, b):x>`, `<path:x>`, with options such as `<int(min=1):x>`. Throws a `UsageError` for a rule that is none.
 *
 * What the method returns is the response: an object as JSON, text, bytes, `[status, body]`, `[status, headers, body]`,
 * an async iterable (streamed), a `Response`, or nothing (204). Errors become `{ error: { code, message } }`.
 */
export function http<const M extends string | readonly string[], const R extends string>(
  method: M & CheckedMethods<M>,
  rule: R & CheckedRule<R>,
  options: HttpOptions = {},
): EntrypointDecorator<HttpHandler<R>> {
  const methods = parseMethods(method);
  const parsed = new UrlRule(rule);
  return declareEntrypoint('http', () => new HttpEntrypoint(methods, parsed, options));
}

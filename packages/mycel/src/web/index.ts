export { type HttpHandler, http } from './http.ts';
export { HttpEntrypoint } from './http-entrypoint.ts';
export { HttpError, type HttpErrorOptions } from './http-error.ts';
export { healthServerKey, healthServerResource } from './health-resource.ts';
export { type HealthOptions, healthSection } from './health-options.ts';
export type { ErrorClasses } from './error-payload.ts';
export type { HttpExchange } from './http-exchange.ts';
export type { HttpOptions } from './http-options.ts';
export type { HttpRequest } from './http-request.ts';
export type { ListenAddress } from './listen-address.ts';
export type { ResponseHeaders, ResponsePayload, StreamedBody } from './response-payload.ts';
export type { HttpMethod, RuleParams } from './rule-params.ts';
export { UrlRule, type RuleValues } from './url-rule.ts';
export {
  ClientDisconnectedError,
  RequestTimeoutError,
  ResponseError,
  RouteConflictError,
  WebListenError,
} from './web-errors.ts';
export { type WebOptions, webSection } from './web-options.ts';
export { type WebServerDuties, type WebServerResource, webServerKey, webServerResource } from './web-resource.ts';
export { type RouteHandler, WebServer, type WebServerPurpose } from './web-server.ts';

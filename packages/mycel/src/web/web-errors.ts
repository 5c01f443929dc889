import { MycelError, messageOf } from '../foundation/errors.ts';

/** Two methods want the same requests. */
export class RouteConflictError extends MycelError {
  readonly code = 'MYCEL_WEB_ROUTE_CONFLICT';

  constructor(method: string, rule: string, first: string, second: string) {
    super(
      `${method} ${rule} is handled twice: by ${first} and by ${second}; they share one port, so change the rule or the method of one`,
    );
  }
}

/** The server cannot listen at its address: it is taken, not of this machine, or not allowed. */
export class WebListenError extends MycelError {
  readonly code = 'MYCEL_WEB_LISTEN';
  readonly address: string;

  /** `server` is its name, and the option that says where it listens. */
  constructor(address: string, cause: unknown, server: { readonly name: string; readonly option: string }) {
    super(`the ${server.name} cannot listen at ${address}: ${describe(cause, server.option)}`, { cause });
    this.address = address;
  }
}

function describe(cause: unknown, option: string): string {
  switch ((cause as { code?: unknown } | undefined)?.code) {
    case 'EADDRINUSE':
      return `the port is in use; stop the program that has it, or set ${option} to another port (port 0 takes any free one)`;
    case 'EACCES':
      return `no permission; ports below 1024 are often for administrators: set ${option} to a higher one`;
    case 'EADDRNOTAVAIL':
      return `no interface of this machine has that address; set ${option} to 0.0.0.0 (all of them) or 127.0.0.1 (this machine only)`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host is unknown; set ${option} to an address of this machine`;
    default:
      return `${messageOf(cause)}; set ${option} to '[host:]port'`;
  }
}

/** Why a worker's signal aborted: its client closed the connection before it had the response. */
export class ClientDisconnectedError extends MycelError {
  readonly code = 'MYCEL_WEB_CLIENT_DISCONNECTED';

  constructor(method: string, path: string) {
    super(`the client of ${method} ${path} closed the connection before it had the response`);
  }
}

/** Why a worker's signal aborted: the time its handler gives a request is over. */
export class RequestTimeoutError extends MycelError {
  readonly code = 'MYCEL_WEB_TIMEOUT';

  constructor(method: string, path: string, timeoutMs: number) {
    super(
      `${method} ${path} took longer than the ${timeoutMs} ms its handler allows; raise its timeout or do less in one request`,
    );
  }
}

/** What a method returned cannot be sent as a response. */
export class ResponseError extends MycelError {
  readonly code = 'MYCEL_WEB_RESPONSE';

  constructor(problem: string, cause?: unknown) {
    super(
      `${problem}; return an object (sent as JSON), text, bytes, [status, body], [status, headers, body], an async iterable or a Response`,
      { cause },
    );
  }
}

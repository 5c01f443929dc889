import { STATUS_CODES } from 'node:http';
import { MycelError, type MycelErrorOptions } from '../foundation/errors.ts';

/** What a response of a {@link HttpError} carries besides its status and message. */
export interface HttpErrorOptions extends MycelErrorOptions {
  /** `error.code` of the body, for programs. @default the status in capitals: `NOT_FOUND` */
  readonly errorCode?: string;
  /** `error.details` of the body: any JSON. @default none */
  readonly details?: unknown;
  /** Headers of the response. @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Ends a request with a status: `throw new HttpError(404, 'no such order', { details: { id } })`.
 * The message, code and details are sent to the client as `{ error: { code, message, details } }`.
 */
export class HttpError extends MycelError {
  readonly code = 'MYCEL_HTTP';
  readonly status: number;
  readonly errorCode: string;
  readonly details: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string = STATUS_CODES[status] ?? 'error', options: HttpErrorOptions = {}) {
    super(message, options);
    this.status = status;
    this.errorCode = options.errorCode ?? statusName(status);
    this.details = options.details;
    this.headers = options.headers ?? {};
  }
}

/** Writes a status as a code: 404 is `NOT_FOUND`. */
export function statusName(status: number): string {
  return (STATUS_CODES[status] ?? `HTTP ${status}`)
    .toUpperCase()
    .replaceAll("'", '')
    .replace(/[^A-Z0-9]+/g, '_');
}

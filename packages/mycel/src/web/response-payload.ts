import { messageOf } from '../foundation/errors.ts';
import { ResponseError } from './web-errors.ts';

/** Headers of a response; a list is sent as several lines. */
export type ResponseHeaders = Readonly<Record<string, string | number | readonly string[]>>;

/** A body that is sent while it comes into being. */
export type StreamedBody = AsyncIterable<string | Uint8Array>;

/** A response, ready to be sent. */
export interface ResponsePayload {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: string | Uint8Array | StreamedBody | undefined;
}

const noHeaders: ResponseHeaders = Object.freeze({});
const json: ResponseHeaders = Object.freeze({ 'content-type': 'application/json' });
const text: ResponseHeaders = Object.freeze({ 'content-type': 'text/plain; charset=utf-8' });
const binary: ResponseHeaders = Object.freeze({ 'content-type': 'application/octet-stream' });

/**
 * Makes a response of what a method returned. `status` is used where the result names none. Throws a `ResponseError`
 * for what cannot be sent.
 */
export function payloadOf(result: unknown, status?: number): ResponsePayload {
  if (result instanceof Response) return payloadOfResponse(result);
  if (!Array.isArray(result)) return payloadOfBody(result, status ?? (result === undefined ? 204 : 200));
  const parts = result as readonly unknown[];
  if (!isStatusAndBody(parts)) return jsonPayload(result, status ?? 200);
  const given = parts.length === 3 ? (parts[1] as ResponseHeaders) : noHeaders; // isStatusAndBody has looked at it
  const payload = payloadOfBody(parts.at(-1), parts[0] as number);
  return given === noHeaders ? payload : { ...payload, headers: mergeHeaders(payload.headers, given) };
}

/** Makes a response of a value, as JSON. */
export function jsonPayload(value: unknown, status: number, headers?: ResponseHeaders): ResponsePayload {
  let body: string | undefined;
  try {
    body = JSON.stringify(value);
  } catch (error) {
    throw new ResponseError(`the result is not JSON (${messageOf(error)})`, error);
  }
  if (body === undefined) throw new ResponseError(`a ${typeof value} cannot be sent`);
  return { status, headers: headers ? { ...json, ...headers } : json, body };
}

function payloadOfBody(body: unknown, status: number): ResponsePayload {
  if (body === undefined) return { status, headers: noHeaders, body };
  if (typeof body === 'string') return { status, headers: text, body };
  if (body instanceof Uint8Array) return { status, headers: binary, body };
  if (isAsyncIterable(body)) return { status, headers: binary, body };
  return jsonPayload(body, status);
}

function payloadOfResponse(response: Response): ResponsePayload {
  const headers: Record<string, string | readonly string[]> = Object.fromEntries(response.headers);
  const cookies = response.headers.getSetCookie();
  if (cookies.length) headers['set-cookie'] = cookies;
  return { status: response.status, headers, body: (response.body as StreamedBody | null) ?? undefined }; // Node's streams iterate
}

/** An array is a response if it begins like one: a status, perhaps headers, and a body that is no number. */
function isStatusAndBody(parts: readonly unknown[]): boolean {
  const [status, second] = parts;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) return false;
  if (parts.length === 2) return typeof second !== 'number';
  return parts.length === 3 && typeof second === 'object' && second !== null && !Array.isArray(second);
}

function isAsyncIterable(value: unknown): value is StreamedBody {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function mergeHeaders(defaults: ResponseHeaders, given: ResponseHeaders): ResponseHeaders {
  const merged: Record<string, string | number | readonly string[]> = { ...defaults };
  for (const [name, value] of Object.entries(given)) merged[name.toLowerCase()] = value;
  return merged;
}

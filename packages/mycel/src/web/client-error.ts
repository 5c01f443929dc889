import { STATUS_CODES } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { statusName } from './http-error.ts';

/**
 * Answers what is no HTTP request, and closes the connection. `owed` is the response of a request on it that is being
 * handled: if it is under way, there is no place left for an answer.
 */
export function refuseGarbage(error: Error, socket: Duplex, owed: ServerResponse | undefined): void {
  const { code } = error as { code?: unknown };
  if (code === 'ECONNRESET' || !socket.writable || owed?.headersSent) {
    socket.destroy();
    return;
  }
  const { status, message } = describe(code);
  const body = JSON.stringify({ error: { code: statusName(status), message } });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

function describe(code: unknown): { readonly status: number; readonly message: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, message: 'the headers of the request are too large' };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, message: 'the extensions of a chunk are too large' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, message: 'the request did not arrive in time' };
    default:
      return { status: 400, message: 'this is not an HTTP request' };
  }
}

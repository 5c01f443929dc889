import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isLoopbackAddress } from './loopback.ts';

const about =
  'This is the embedded AMQP 0-9-1 broker of Mycel. It keeps everything in memory.\n' +
  'Connect an AMQP client to this port; GET /status tells in JSON what the broker has.\n';

/** A status is written at most so often: of a hundred thousand queues it takes long, and everybody waits meanwhile. */
const freshMs = 250;
/** So many may be fetching it at once. */
const mostReaders = 8;

/** The names by which a browser on this machine may reach a server on this machine. */
const ownNames = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Answers HTTP on the sockets it is given: what the broker has, as JSON, to be read only. From this machine only, and only under
 * a name of this machine: a web page that has a name of its own point here is refused. Who asks again and again gets what others got a moment ago.
 */
export class StatusPage {
  readonly #server: Server;
  readonly #status: () => unknown;
  /** What was written last, while it is fresh; nothing in it if it could not be written. */
  #written: { readonly text: Buffer | undefined } | undefined;
  #readers = 0;

  constructor(status: () => unknown) {
    this.#status = status;
    const limits = { headersTimeout: 5000, requestTimeout: 5000, maxHeaderSize: 8192 };
    this.#server = createServer(limits, (request, response) => this.#answer(request, response));
    // The answer to what is no HTTP: Node's own would keep the process busy with it.
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  /** Takes a socket, with a request to be read from it. */
  take(socket: Socket): void {
    this.#server.emit('connection', socket);
    socket.resume();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url?.split('?', 1)[0];
    if (!isLoopbackAddress(request.socket.remoteAddress)) return reply(response, 403, 'from this machine only\n');
    if (!ownNames.test(request.headers.host ?? '')) return reply(response, 403, 'not under this name\n');
    if (path !== '/' && path !== '/status') return reply(response, 404, 'there are / and /status\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return reply(response, 405, 'to be read only\n');
    }
    if (path === '/') return reply(response, 200, about);
    if (this.#readers >= mostReaders) return reply(response, 503, 'too many are reading the status\n');
    this.#readers += 1;
    response.on('close', () => {
      this.#readers -= 1;
    });
    const { text } = this.#fresh();
    if (text === undefined) reply(response, 500, 'too much to be told\n');
    else reply(response, 200, text, 'application/json');
  }

  #fresh(): { readonly text: Buffer | undefined } {
    if (this.#written) return this.#written;
    const written = { text: asJson(this.#status()) };
    this.#written = written;
    setTimeout(() => {
      this.#written = undefined;
    }, freshMs).unref();
    return written;
  }
}

/** Nothing when it is too large for one string. */
function asJson(status: unknown): Buffer | undefined {
  try {
    return Buffer.from(`${JSON.stringify(status, plain, 2)}\n`);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function reply(response: ServerResponse, status: number, body: string | Buffer, type = 'text/plain'): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.end(body);
}

/** Field tables may hold what JSON has no form for. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

import type { Socket } from 'node:net';
import { protocol } from '../../protocol/codec/index.ts';

const { PROTOCOL_HEADER } = protocol;

/** What RabbitMQ takes for 0-9-1: the greeting itself, and how clients wrote it before it was agreed. */
const accepted: readonly Buffer[] = [PROTOCOL_HEADER, Buffer.from('AMQP\x01\x01\x00\x09', 'latin1')];

/** The first four bytes of HTTP requests; none of them begins a greeting of AMQP. */
const httpVerbs: ReadonlySet<string> = new Set(['GET ', 'HEAD', 'POST', 'PUT ', 'DELE', 'PATC', 'OPTI']);

/** Who takes a socket once it is known what its client speaks. */
export interface Greeted {
  /** The bytes after the greeting are still to be read from the socket. */
  amqp(socket: Socket): void;
  /** The request is still to be read from the socket. */
  http(socket: Socket): void;
  /** It speaks something else. */
  neither(socket: Socket): void;
}

/** Reads the first bytes of a socket, which say what its client speaks. */
export function awaitGreeting(socket: Socket, greeted: Greeted): void {
  let bytes = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]);
    const isHttp = httpVerbs.has(bytes.toString('latin1', 0, 4));
    if (!isHttp && bytes.length < PROTOCOL_HEADER.length) return;
    socket.off('data', read);
    // What was read too much comes once more, to whoever listens next.
    socket.pause();
    const isAmqp = accepted.some((header) => header.equals(bytes.subarray(0, header.length)));
    const rest = isAmqp ? bytes.subarray(PROTOCOL_HEADER.length) : bytes;
    if (rest.length > 0) socket.unshift(rest);
    if (isHttp) greeted.http(socket);
    else if (isAmqp) greeted.amqp(socket);
    else greeted.neither(socket);
  };
  socket.on('data', read);
}

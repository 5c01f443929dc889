import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { messageOf } from '../../foundation/errors.ts';
import type { ResolvedConnectOptions } from './connect-options.ts';
import { UnreachableError } from './errors.ts';

/**
 * Opens the TCP or TLS connection, without Nagle's delay: with it, small frames wait 40 ms for each other. Rejects with
 * `UnreachableError`, or with the reason of `signal` when that aborts first.
 */
export function openSocket(options: ResolvedConnectOptions, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { host, port, tls } = options;
    // A name is needed for SNI and for checking the certificate; an address must not be sent as one.
    const servername = isIP(host) ? '' : host;
    const socket = tls ? connectTls({ servername, ...tls, host, port }) : connectTcp({ host, port });
    const settle = (finish: () => void) => {
      socket.off('error', onError).off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const giveUp = (error: unknown) =>
      settle(() => {
        // An error may still come while it is being destroyed; nobody wants it any more.
        socket.on('error', () => undefined).destroy();
        reject(error);
      });
    const onError = (cause: Error) => giveUp(unreachable(options, messageOf(cause), cause));
    const onClose = () => giveUp(unreachable(options, 'the connection was closed at once'));
    const onAbort = () => giveUp(signal.reason);
    socket.on('error', onError).on('close', onClose);
    socket.once(tls ? 'secureConnect' : 'connect', () => settle(() => resolve(socket)));
    socket.setNoDelay(true);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}

function unreachable({ host, port, tls }: ResolvedConnectOptions, problem: string, cause?: Error): UnreachableError {
  const advice = tls
    ? 'Does the broker speak TLS there, with a certificate this client trusts?'
    : 'Is the broker running there?';
  return new UnreachableError(`Cannot connect to the AMQP broker at ${host}:${port}: ${problem}. ${advice}`, { cause });
}

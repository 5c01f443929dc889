import { MycelError, messageOf } from '../../foundation/errors.ts';
import { authority } from './loopback.ts';
import { identifyPortHolder, type PortHolder } from './port-holder.ts';

/** The embedded broker cannot listen at its address: it is taken, not of this machine, or not allowed. */
export class BrokerListenError extends MycelError {
  readonly code = 'MYCEL_BROKER_LISTEN';
  readonly host: string;
  readonly port: number;
  /** Who has the port, when it is taken and whoever has it has told. */
  readonly holder: PortHolder | undefined;

  constructor(host: string, port: number, cause: unknown, holder?: PortHolder) {
    super(`The broker cannot listen at ${authority(host, port)}: ${describe(cause, holder)}`, { cause });
    this.host = host;
    this.port = port;
    this.holder = holder;
  }
}

/** Makes the error for what kept a server from listening; asks a taken port who has it. */
export async function listenError(host: string, port: number, cause: unknown): Promise<BrokerListenError> {
  if (codeOf(cause) !== 'EADDRINUSE') return new BrokerListenError(host, port, cause);
  const nearest = host === '0.0.0.0' || host === '' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return new BrokerListenError(host, port, cause, await identifyPortHolder(nearest, port));
}

function describe(cause: unknown, holder: PortHolder | undefined): string {
  switch (codeOf(cause)) {
    case 'EADDRINUSE':
      return `the port is taken by ${describeHolder(holder)}, or choose another port (0 takes any free one)`;
    case 'EACCES':
      return 'no permission; ports below 1024 are often for administrators: choose a higher one';
    case 'EADDRNOTAVAIL':
      return 'no interface of this machine has that address; use 127.0.0.1 (this machine only) or 0.0.0.0 (all of them)';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host is unknown; use an address of this machine: 127.0.0.1, or 0.0.0.0 for all of them';
    default:
      return messageOf(cause);
  }
}

function describeHolder(holder: PortHolder | undefined): string {
  switch (holder?.kind) {
    case 'mycel':
      return `another embedded broker of Mycel (${holder.version}, process ${holder.pid}): use that one`;
    case 'amqp':
      return `${holder.product} ${holder.version}: use that broker`;
    default:
      return 'another program: stop it';
  }
}

function codeOf(cause: unknown): unknown {
  return (cause as { code?: unknown } | undefined)?.code;
}

import type { Transport, TransportCapabilities } from '../../../transport/transport.ts';

/** What is put to the test: a kind of transport, and how a broker for it is come by. */
export interface TransportSubject {
  readonly capabilities: ConformanceCapabilities;
  /** Makes the world of one behaviour; it is disposed of when the behaviour has ended. */
  createWorld(): Promise<TransportWorld>;
  /** How long a behaviour waits for what must come; less than the runner gives a test. @default 8000 */
  readonly patienceMs?: number;
  /** Behaviours that the transport knowingly does not show, by name, and why: they are skipped. */
  readonly exceptions?: Readonly<Record<string, string>>;
}

/** What the transport can do, and what its author can do to it: `true`, or the reason why not. */
export interface ConformanceCapabilities extends TransportCapabilities {
  /** Transports have `discovery`. */
  readonly discovery: true | string;
  /** Worlds have `breakConnections`. */
  readonly connectionLoss: true | string;
  /** Worlds have `sendUnreadableCall` and `sendUnreadableEvent`. */
  readonly unreadableMessages: true | string;
  /** Worlds have `createUnreachable`. */
  readonly unreachableBroker: true | string;
}

/**
 * A broker, or a part of one, that nobody else uses: empty at first. Several transports play several processes; the
 * behaviour that made them closes them before the world is disposed of.
 */
export interface TransportWorld extends AsyncDisposable {
  /** Makes a transport that is not open yet. All that are made by one world meet. */
  create(): Promise<Transport>;
  /** Makes a transport whose broker does not exist. */
  createUnreachable?(): Promise<Transport>;
  /** Ends every connection of the world from outside, as a broker that restarts would. Resolves once they are ended. */
  breakConnections?(): Promise<void>;
  /** Sends to a service what nobody can read as a call. */
  sendUnreadableCall?(service: string, method: string): Promise<void>;
  /** Publishes an event whose payload nobody can read. */
  sendUnreadableEvent?(source: string, type: string): Promise<void>;
}

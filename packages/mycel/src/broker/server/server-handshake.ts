import { type FieldTable, type Method, protocol } from '../../protocol/codec/index.ts';
import type { ConnectionStartOk, ConnectionTuneOk } from '../../protocol/codec/methods/connection.ts';
import { AmqpFault } from '../engine/amqp-fault.ts';
import { authenticate, mechanisms, type Users } from './authenticate.ts';
import type { ServerLimits } from './server-limits.ts';
import { serverProperties } from './server-properties.ts';

const { FRAME_MIN_SIZE, REPLY_CODE } = protocol;

/** What client and server agreed on. */
export interface ServerAgreement {
  readonly user: string;
  readonly vhost: string;
  readonly clientProperties: FieldTable;
  readonly frameMax: number;
  readonly channelMax: number;
  readonly heartbeatSeconds: number;
}

/** What the server's half of the handshake needs. */
export interface HandshakeHost {
  readonly users: Users;
  readonly limits: ServerLimits;
  readonly instance: string;
  readonly isLoopback: boolean;
  readonly send: (method: Method) => void;
  /** Told why a login is refused: the client is not. */
  readonly refused: (problem: string) => void;
}

/**
 * The server's half of opening a connection.
 *
 * `starting`: `connection.start` is sent, credentials are awaited. `tuning`: they are right; awaits the limits. `opening`: awaits
 * the virtual host.
 */
export class ServerHandshake {
  readonly #host: HandshakeHost;
  #stage: 'starting' | 'tuning' | 'opening' = 'starting';
  #login: Pick<ServerAgreement, 'user' | 'clientProperties'> | undefined;
  #limits: Pick<ServerAgreement, 'frameMax' | 'channelMax' | 'heartbeatSeconds'> | undefined;
  #mayTellWhy = false;

  constructor(host: HandshakeHost) {
    this.#host = host;
    host.send({
      name: 'connection.start',
      versionMajor: 0,
      versionMinor: 9,
      serverProperties: serverProperties(host.instance),
      mechanisms: Buffer.from(mechanisms),
      locales: Buffer.from('en_US'),
    });
  }

  /** Whether a client that is refused now can be told why, by `connection.close`. Else it sees the socket close. */
  get mayTellWhy(): boolean {
    return this.#mayTellWhy;
  }

  /** Takes the client's next method; gives the agreement with the last. Throws an `AmqpFault` when it is refused. */
  receive(method: Method): ServerAgreement | undefined {
    if (method.name === 'connection.start-ok' && this.#stage === 'starting') this.#authenticate(method);
    else if (method.name === 'connection.tune-ok' && this.#stage === 'tuning') this.#tune(method);
    else if (method.name === 'connection.open' && this.#login && this.#limits) {
      return { ...this.#login, ...this.#limits, vhost: method.virtualHost };
    } else {
      const text = `CHANNEL_ERROR - unexpected method in connection state ${this.#stage}`;
      throw new AmqpFault(REPLY_CODE.channelError, text, method.name);
    }
    return undefined;
  }

  #authenticate(startOk: ConnectionStartOk): void {
    const { users, limits, isLoopback, send } = this.#host;
    const { clientProperties, mechanism } = startOk;
    if (!mechanisms.split(' ').includes(mechanism)) {
      throw refusedLogin(`unknown authentication mechanism '${mechanism}'`);
    }
    const identity = authenticate(users, startOk, isLoopback);
    if ('problem' in identity) {
      this.#host.refused(identity.problem);
      this.#mayTellWhy = hasCapability(clientProperties, 'authentication_failure_close');
      const text = `Login was refused using authentication mechanism ${mechanism}.`;
      throw refusedLogin(`${text} For details see the broker logfile.`);
    }
    this.#login = { user: identity.user, clientProperties };
    this.#stage = 'tuning';
    const { channels: channelMax, frameBytes: frameMax, heartbeatSeconds: heartbeat } = limits;
    send({ name: 'connection.tune', channelMax, frameMax, heartbeat });
  }

  #tune({ channelMax, frameMax, heartbeat }: ConnectionTuneOk): void {
    this.#mayTellWhy = true;
    const { limits } = this.#host;
    expectAgreed('frame_max', frameMax, FRAME_MIN_SIZE, limits.frameBytes);
    expectAgreed('channel_max', channelMax, 1, limits.channels);
    this.#limits = { frameMax, channelMax, heartbeatSeconds: heartbeat };
    this.#stage = 'opening';
  }
}

/** Tells whether a client said that it has a capability. */
export function hasCapability({ capabilities }: FieldTable, name: string): boolean {
  return (
    typeof capabilities === 'object' &&
    capabilities !== null &&
    Object.entries(capabilities).some(([key, value]) => key === name && value === true)
  );
}

function refusedLogin(problem: string): AmqpFault {
  return new AmqpFault(REPLY_CODE.accessRefused, `ACCESS_REFUSED - ${problem}`);
}

/** 0 is no limit, and so more than the server's. */
function expectAgreed(name: string, value: number, least: number, most: number): void {
  const refuse = (how: string): AmqpFault => {
    const shown = `${name} = ${value}${name === 'channel_max' && value === 0 ? ' (no limit)' : ''}`;
    return new AmqpFault(REPLY_CODE.notAllowed, `NOT_ALLOWED - negotiated ${shown} is ${how}`, 'connection.tune-ok');
  };
  if (value !== 0 && value < least) throw refuse(`lower than the minimum allowed value (${least})`);
  if (value === 0 || value > most) throw refuse(`higher than the maximum allowed value (${most})`);
}

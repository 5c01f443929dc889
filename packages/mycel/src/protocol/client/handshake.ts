import type { AmqpError } from '../codec/amqp-error.ts';
import type { FieldTable } from '../codec/field-value.ts';
import type { ConnectionClose, ConnectionStart, ConnectionTune } from '../codec/methods/connection.ts';
import type { Method } from '../codec/methods/method.ts';
import { methodNameOf } from '../codec/frame-decoder.ts';
import { FRAME_MIN_SIZE, REPLY_CODE } from '../codec/protocol.ts';
import type { ResolvedConnectOptions } from './connect-options.ts';
import { describeCredentials, saslResponse } from './credentials.ts';
import {
  AccessRefusedError,
  AmqpServerError,
  ProtocolMismatchError,
  UnexpectedFrameError,
  UnreachableError,
  VhostRefusedError,
} from './errors.ts';

/** What client and broker agreed on. */
export interface Agreement {
  readonly serverProperties: FieldTable;
  readonly frameMax: number;
  readonly channelMax: number;
  readonly heartbeatSeconds: number;
}

/** What this client can do, told to the broker; RabbitMQ sends some methods only to clients that say so. */
const CAPABILITIES: FieldTable = {
  publisher_confirms: true,
  exchange_exchange_bindings: true,
  'basic.nack': true,
  consumer_cancel_notify: true,
  'connection.blocked': true,
  authentication_failure_close: true,
};

/**
 * The client's half of opening a connection.
 *
 * `greeting`: awaits `connection.start`. `authenticating`: the credentials are sent; awaits `secure` or `tune`.
 * `entering`: the limits are agreed; awaits `open-ok` of the virtual host. The stage in which the broker leaves says what it
 * refused.
 */
export class Handshake {
  readonly #options: ResolvedConnectOptions;
  readonly #send: (method: Method) => void;
  #stage: 'greeting' | 'authenticating' | 'entering' = 'greeting';
  #serverProperties: FieldTable = {};
  #limits: Omit<Agreement, 'serverProperties'> | undefined;

  constructor(options: ResolvedConnectOptions, send: (method: Method) => void) {
    this.#options = options;
    this.#send = send;
  }

  /** Takes the broker's next method; gives the agreement with the last. Throws when the broker refuses. */
  receive(method: Method): Agreement | undefined {
    if (method.name === 'connection.close') throw this.#refused(method);
    if (method.name === 'connection.start' && this.#stage === 'greeting') {
      this.#start(method);
    } else if (method.name === 'connection.secure' && this.#stage === 'authenticating') {
      this.#send({ name: 'connection.secure-ok', response: saslResponse(this.#options.credentials) });
    } else if (method.name === 'connection.tune' && this.#stage === 'authenticating') {
      this.#tune(method);
    } else if (method.name === 'connection.open-ok' && this.#limits) {
      return { serverProperties: this.#serverProperties, ...this.#limits };
    } else {
      throw new UnexpectedFrameError(`${this.#where()} sent ${method.name} in the middle of the handshake`);
    }
    return undefined;
  }

  /** Says what it means that the connection ended in this stage. */
  lost(cause: AmqpError | undefined): AmqpError {
    const options = cause ? { cause } : {};
    switch (this.#stage) {
      case 'greeting': {
        if (cause instanceof ProtocolMismatchError) return cause;
        const advice = 'Is it an AMQP 0-9-1 broker, and is this not its TLS port?';
        return new UnreachableError(`${this.#where()} closed the connection without a word. ${advice}`, options);
      }
      case 'authenticating':
        return this.#accessRefused('it closed the connection', options);
      case 'entering': {
        // A broker that refuses a virtual host says so; this is the network, or a broker that went down.
        const where = this.#where();
        return new UnreachableError(`${where} closed the connection while it was being opened. Try again`, options);
      }
    }
  }

  #start({ serverProperties, mechanisms }: ConnectionStart): void {
    const { credentials } = this.#options;
    this.#serverProperties = serverProperties;
    const offered = mechanisms.toString().split(' ');
    if (!offered.includes(credentials.mechanism)) {
      const problem = `it offers ${offered.join(', ')}, not ${credentials.mechanism}`;
      throw this.#accessRefused(problem, {});
    }
    this.#stage = 'authenticating';
    this.#send({
      name: 'connection.start-ok',
      clientProperties: introduce(this.#options),
      mechanism: credentials.mechanism,
      response: saslResponse(credentials),
      locale: 'en_US',
    });
  }

  #tune(tune: ConnectionTune): void {
    if (tune.frameMax !== 0 && tune.frameMax < FRAME_MIN_SIZE) {
      const problem = `it allows frames of ${tune.frameMax} bytes, where AMQP 0-9-1 has at least ${FRAME_MIN_SIZE}`;
      throw new ProtocolMismatchError(`${this.#where()} does not speak AMQP 0-9-1 properly: ${problem}`);
    }
    const { frameMax, channelMax, heartbeatSeconds, vhost } = this.#options;
    this.#limits = {
      frameMax: lowerLimit(frameMax, tune.frameMax),
      channelMax: lowerLimit(channelMax, tune.channelMax),
      // 0 on our side is no heartbeats at all, and lower than any wish of the broker.
      heartbeatSeconds: lowerLimit(heartbeatSeconds, tune.heartbeat),
    };
    const { heartbeatSeconds: heartbeat, ...limits } = this.#limits;
    this.#stage = 'entering';
    this.#send({ name: 'connection.tune-ok', ...limits, heartbeat });
    this.#send({ name: 'connection.open', virtualHost: vhost });
  }

  #refused({ replyCode, replyText, failedClassId, failedMethodId }: ConnectionClose): AmqpError {
    const cause = new AmqpServerError('connection', replyCode, replyText, methodNameOf(failedClassId, failedMethodId));
    const said = `${replyCode} ${replyText.replace(/\.$/, '')}`;
    if (replyCode === REPLY_CODE.accessRefused && this.#stage === 'authenticating') {
      return this.#accessRefused(said, { cause });
    }
    const isRefusal = replyCode === REPLY_CODE.notAllowed || replyCode === REPLY_CODE.accessRefused;
    return isRefusal && this.#stage === 'entering' ? this.#vhostRefused(said, { cause }) : cause;
  }

  #accessRefused(problem: string, options: { cause?: AmqpError }): AccessRefusedError {
    const who = describeCredentials(this.#options.credentials);
    const advice = 'Check user, password and mechanism (guest may connect from localhost only)';
    return new AccessRefusedError(`${this.#where()} refused ${who}: ${problem}. ${advice}`, options);
  }

  #vhostRefused(problem: string, options: { cause?: AmqpError }): VhostRefusedError {
    const { vhost, credentials } = this.#options;
    const who = describeCredentials(credentials);
    const advice = 'Does it exist, and has the user permissions there?';
    return new VhostRefusedError(
      `${this.#where()} refused ${who} the virtual host '${vhost}': ${problem}. ${advice}`,
      options,
    );
  }

  #where(): string {
    return `The peer at ${this.#options.host}:${this.#options.port}`;
  }
}

/** Says what this client says of itself. */
export function introduce({
  connectionName,
  clientProperties,
}: Pick<ResolvedConnectOptions, 'connectionName' | 'clientProperties'>): FieldTable {
  return {
    product: 'mycel',
    platform: `Node.js ${process.version}`,
    ...(connectionName === undefined ? {} : { connection_name: connectionName }),
    ...clientProperties,
    capabilities: CAPABILITIES,
  };
}

/** The lower of two limits, where 0 on the broker's side is none. */
function lowerLimit(ours: number, theirs: number): number {
  return theirs === 0 ? ours : Math.min(ours, theirs);
}

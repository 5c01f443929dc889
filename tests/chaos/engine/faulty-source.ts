import type { ConnectionDetails, ConnectionSource } from '../../../packages/mycel/src/amqp/connection-source.ts';
import type { BrokerEngine } from '../../../packages/mycel/src/broker/engine/broker-engine.ts';
import { InProcessLink } from '../../../packages/mycel/src/broker/in-process/in-process-link.ts';
import { serverProperties } from '../../../packages/mycel/src/broker/server/server-properties.ts';
import {
  AmqpConnection,
  ConnectionLostError,
  introduce,
  resolveConnectOptions,
} from '../../../packages/mycel/src/protocol/client/index.ts';
import { BrokerUnavailableError } from '../../../packages/mycel/src/transport/transport-errors.ts';
import { FaultyLink, type StepJudge } from './faulty-link.ts';

/** The connections of one transport to an engine in this process, with somebody who decides what goes through. */
export class FaultySource implements ConnectionSource {
  readonly target = 'in process';
  /** Whoever loses one connection loses all: it is a process that is killed. */
  diesAsOne = false;
  /** Turns new connections away. */
  isRefusing = false;
  readonly #engine: BrokerEngine;
  readonly #judge: Omit<StepJudge, 'lose'>;
  readonly #open = new Map<FaultyLink, AmqpConnection>();
  readonly #orphans = new Set<FaultyLink>();

  constructor(engine: BrokerEngine, judge: Omit<StepJudge, 'lose'>) {
    this.#engine = engine;
    this.#judge = judge;
  }

  get links(): FaultyLink[] {
    return [...this.#open.keys()];
  }

  async connect({ signal, ...details }: ConnectionDetails): Promise<AmqpConnection> {
    signal?.throwIfAborted();
    if (this.isRefusing) throw new BrokerUnavailableError('the broker refuses connections, as planned');
    const { vhost, frameMax, channelMax, connectionName, clientProperties } = resolveConnectOptions(details);
    const who = { vhost, user: 'guest', clientProperties: introduce({ connectionName, clientProperties }) };
    const link = new FaultyLink(new InProcessLink(this.#engine, who, { frameMax, tap: {} }), {
      judge: (step, on) => this.#judge.judge(step, on),
      onPublish: (message) => this.#judge.onPublish?.(message),
      lose: (on, why) => (this.diesAsOne ? this.loseAll(why) : this.lose(on, why)),
    });
    const agreement = { serverProperties: serverProperties(''), frameMax, channelMax, heartbeatSeconds: 0 };
    const connection = AmqpConnection.over(link, agreement, details);
    this.#open.set(link, connection);
    void connection.closed.then(() => this.#open.delete(link));
    return connection;
  }

  /** Loses a connection, as a network that fails. */
  lose(link: FaultyLink, why: string): void {
    if (link.isHalfOpen) this.#orphans.add(link);
    this.#open.get(link)?.destroy(new ConnectionLostError(`The connection to the broker was lost: ${why}`));
  }

  loseAll(why: string): void {
    for (const link of this.links) this.lose(link, why);
  }

  /** The broker notices the ends of connections of which only the client knew. */
  bury(): void {
    for (const link of this.#orphans) link.bury();
    this.#orphans.clear();
  }
}

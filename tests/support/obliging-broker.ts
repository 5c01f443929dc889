import type { Method } from '../../packages/mycel/src/protocol/codec/index.ts';
import { type PeerConnection, ScriptedPeer } from './scripted-amqp-peer.ts';

/** What a test may have the broker do with a method instead of its usual answer; `true` if it did. */
export type Reaction = (method: Method, channel: number, connection: PeerConnection) => boolean;

/**
 * A broker that says yes: every connection is opened, every declaration accepted, every publish confirmed, nothing routed.
 * What reaches it is noted in `seen`; `react` lets a test behave otherwise.
 */
export class ObligingBroker implements AsyncDisposable {
  readonly seen: Method[] = [];
  readonly connections: PeerConnection[] = [];
  react: Reaction = () => false;
  readonly #peer: ScriptedPeer;
  readonly #waiting: (() => void)[] = [];

  private constructor(peer: ScriptedPeer) {
    this.#peer = peer;
    void this.#welcome();
  }

  static async start(): Promise<ObligingBroker> {
    return new ObligingBroker(await ScriptedPeer.start());
  }

  get uri(): string {
    return `amqp://127.0.0.1:${this.#peer.port}/`;
  }

  /** Tells how many methods of that name have come. */
  count(name: Method['name']): number {
    return this.seen.filter((method) => method.name === name).length;
  }

  /** Awaits that `n` methods of that name have come. */
  async until(name: Method['name'], n = 1): Promise<void> {
    while (this.count(name) < n) await this.#more();
  }

  /** Awaits the n-th connection, counted from 1, whether or not it is open yet. */
  async connection(n: number): Promise<PeerConnection> {
    for (;;) {
      const connection = this.connections[n - 1];
      if (connection) return connection;
      await this.#more();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer[Symbol.asyncDispose]();
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #notify(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #welcome(): Promise<void> {
    for (;;) {
      const connection = await this.#peer.accept();
      this.connections.push(connection);
      this.#notify();
      void this.#serve(connection);
    }
  }

  async #serve(connection: PeerConnection): Promise<void> {
    connection.sendStart();
    const published = new Map<number, number>();
    const gone = connection.ended.then(() => undefined);
    for (;;) {
      const received = await Promise.race([connection.next(), gone]);
      if (!received) return;
      const { channel, method } = received;
      this.seen.push(method);
      if (!this.react(method, channel, connection)) {
        if (method.name === 'channel.open') published.set(channel, 0);
        if (method.name === 'basic.publish') {
          const deliveryTag = (published.get(channel) ?? 0) + 1;
          published.set(channel, deliveryTag);
          connection.send(channel, { name: 'basic.ack', deliveryTag, multiple: false });
        } else {
          const answer = answerTo(method);
          if (answer) connection.send(channel, answer);
        }
      }
      this.#notify();
    }
  }
}

function answerTo(method: Method): Method | undefined {
  switch (method.name) {
    case 'connection.start-ok':
      return { name: 'connection.tune', channelMax: 2047, frameMax: 131_072, heartbeat: 0 };
    case 'connection.open':
      return { name: 'connection.open-ok' };
    case 'connection.close':
      return { name: 'connection.close-ok' };
    case 'channel.open':
      return { name: 'channel.open-ok' };
    case 'channel.close':
      return { name: 'channel.close-ok' };
    case 'confirm.select':
      return { name: 'confirm.select-ok' };
    case 'exchange.declare':
      return { name: 'exchange.declare-ok' };
    case 'exchange.unbind':
      return { name: 'exchange.unbind-ok' };
    case 'queue.declare':
      return { name: 'queue.declare-ok', queue: method.queue, messageCount: 0, consumerCount: 0 };
    case 'queue.bind':
      return { name: 'queue.bind-ok' };
    case 'basic.qos':
      return { name: 'basic.qos-ok' };
    case 'basic.consume':
      return { name: 'basic.consume-ok', consumerTag: method.consumerTag || `tag-${method.queue}` };
    case 'basic.cancel':
      return { name: 'basic.cancel-ok', consumerTag: method.consumerTag };
    default:
      return undefined;
  }
}

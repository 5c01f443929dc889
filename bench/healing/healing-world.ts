import { connect as connectRaw, type ChannelModel } from 'amqplib';
import { connect, defineService, eventHandler, rpc, ServiceRunner, type StandaloneClient } from 'mycel';
import { type AmqpOptions, AmqpTransport } from 'mycel/amqp';
import { transportResource } from 'mycel/transport';
import type { PrivateServer } from '../../scripts/test-rings/private-rabbitmq.ts';
import { FaultProxy } from '../../tests/support/fault-proxy.ts';
import { type FreshVhost, freshVhost } from '../../tests/support/rabbit.ts';

/** The queue of the service's events. */
export const eventQueue = 'evt-shop-sold--shop.onSold';

/** What a cause may set before the service starts. */
export type HealingOptions = Pick<AmqpOptions, 'heartbeat'>;

interface ShopCalls {
  ping(): string;
}

/** A service with an event and a call, and a client of it, both by way of a proxy before a node of their own. */
export class HealingWorld implements AsyncDisposable {
  readonly node: PrivateServer;
  readonly rabbit: FreshVhost;
  /** Where the address of the broker leads now. */
  proxy: FaultProxy;
  /** The name of the broker's machine, as both know it. */
  host = '127.0.0.1';
  /** Whom both say they are. @default the user of the virtual host */
  login: { readonly user: string; readonly password: string } | undefined;
  readonly #left: FaultProxy[] = [];
  readonly #raw: ChannelModel[] = [];
  readonly #awaited = new Map<unknown, () => void>();
  #transport: AmqpTransport | undefined;
  #runner: ServiceRunner | undefined;
  #client: Promise<StandaloneClient> | undefined;
  #events = 0;

  private constructor(node: PrivateServer, rabbit: FreshVhost, proxy: FaultProxy) {
    this.node = node;
    this.rabbit = rabbit;
    this.proxy = proxy;
  }

  static async open(node: PrivateServer): Promise<HealingWorld> {
    const rabbit = await freshVhost({ uri: node.uri, managementUri: node.environment?.['RABBITMQ_MANAGEMENT_URI'] });
    return new HealingWorld(node, rabbit, await FaultProxy.start(rabbit.uri));
  }

  /** Starts both, and does not wait for them. */
  begin(options: HealingOptions = {}): void {
    const transport = (connectionName: string): AmqpTransport =>
      new AmqpTransport({ uri: () => this.#uri(), startup: 'wait', connectionName, ...options });
    const handle = (id: unknown): Promise<void> => this.#handle(id);
    class Shop implements ShopCalls {
      ping(): string {
        return 'pong';
      }
      async onSold(id: unknown): Promise<void> {
        await handle(id);
      }
    }
    const shop = defineService(Shop, 'shop', { ping: rpc(), onSold: eventHandler('shop', 'sold') });
    this.#transport = transport('service');
    this.#runner = new ServiceRunner([shop], { resources: [transportResource(this.#transport)], graceMs: 500 });
    this.#runner.start().catch(() => {}); // it is stopped before it has started, if it does not heal
    this.#client = connect(transport('client'), { timeout: '2s' });
    this.#client.catch(() => {});
  }

  async isReady(): Promise<boolean> {
    return (await this.#runner?.health.ready())?.ok ?? false;
  }

  /** Dispatches an event, again if that fails or leads nowhere; resolves once the service has handled it. */
  async handlesEvent(over: AbortSignal): Promise<void> {
    const client = await this.#client;
    while (!over.aborted) {
      const id = ++this.#events;
      const handled = new Promise<void>((resolve) => this.#awaited.set(id, resolve));
      const { routed } = (await client?.dispatch('shop', 'sold', id).catch(() => undefined)) ?? { routed: false };
      if (routed) return handled;
    }
  }

  /** Calls the service until it answers. */
  async answersCall(over: AbortSignal): Promise<void> {
    const shop = (await this.#client)?.rpc<ShopCalls>('shop');
    while (!over.aborted && (await shop?.ping().catch(() => undefined)) === undefined) await this.turn();
  }

  /** Has the service publish, which the broker then blocks if it has to; nobody gets it. */
  publishFromService(): void {
    const context = { callIdStack: [], data: {} };
    this.#transport?.publish({ source: 'shop', type: 'other', payload: 1, context }).catch(() => {});
  }

  /** Sends the service an event on which it hangs, the first time that it gets it. */
  async hang(): Promise<void> {
    await (await this.#client)?.dispatch('shop', 'sold', 'hang');
  }

  /** A connection of another client, straight to the broker. */
  async foreign(): Promise<ChannelModel> {
    const raw = await connectRaw(this.rabbit.uri);
    raw.on('error', () => {});
    this.#raw.push(raw);
    return raw;
  }

  /** From now on the address leads to the broker by a new way; what went the old one stays as it is. */
  async detour(): Promise<void> {
    this.#left.push(this.proxy);
    this.proxy = await FaultProxy.start(this.rabbit.uri);
  }

  turn(): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner?.stop();
    await Promise.all(this.#raw.map((raw) => raw.close().catch(() => {})));
    const ends = this.#client?.then((client) => client.close()).catch(() => {});
    for (const proxy of [this.proxy, ...this.#left]) await proxy[Symbol.asyncDispose]();
    await ends;
    await this.rabbit[Symbol.asyncDispose]();
  }

  #uri(): string {
    const uri = new URL(this.proxy.uri);
    uri.hostname = this.host;
    if (this.login) [uri.username, uri.password] = [this.login.user, this.login.password];
    return uri.href;
  }

  async #handle(id: unknown): Promise<void> {
    if (id !== 'hang') return this.#awaited.get(id)?.();
    if (this.#awaited.has(id)) return;
    this.#awaited.set(id, () => {});
    await new Promise(() => {});
  }
}

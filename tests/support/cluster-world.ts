import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Duration, type StandaloneClient } from 'mycel';
import { AmqpTransport } from 'mycel/amqp';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import {
  type ClusterNode,
  type PrivateCluster,
  startPrivateCluster,
} from '../../scripts/test-rings/private-cluster.ts';
import { installedServer } from '../../scripts/test-rings/private-rabbitmq.ts';
import { GuardedServices, lettersAt, type StockCalls } from './guarded-services.ts';

/** What was published, what became of it, and how calls ended: kept by who published and called. */
export interface ClusterBooks {
  /** Ids of events that the broker has confirmed, in that order. */
  readonly confirmed: string[];
  /** Codes of the errors of those that it has not. */
  readonly rejected: string[];
  /** How calls ended: with an answer, or the code of an error. */
  readonly calls: { readonly idempotent: boolean; readonly outcome: string }[];
}

interface BalanceOptions {
  /** RabbitMQ may refuse single events on a channel that takes the next ones: these come behind. @default false */
  readonly mayBeRefused?: boolean;
  /** The publisher kept its connection, so nothing was sent twice: what is handled again must be marked. @default false */
  readonly wasSentOnce?: boolean;
}

/** Three nodes, services, and a process that publishes and calls. */
export interface ClusterWorld {
  readonly cluster: PrivateCluster;
  readonly services: GuardedServices;
  readonly transport: AmqpTransport;
  readonly vhost: string;
  /** The URIs of the virtual host at all nodes, or at some: `uri(1, 2)`. */
  uri(...numbers: number[]): string;
  /** The node with that number, from 1. */
  node(number: number): ClusterNode;
  /** Opens the connection of who publishes and calls at one node; it may go to any other when that is lost. @default heartbeats as usual */
  connect(number: number, heartbeat?: Duration): Promise<StandaloneClient>;
  /** Publishes and calls without a pause until `work` is done; resolves with the books. */
  underLoad(work: (books: ClusterBooks) => Promise<void>): Promise<ClusterBooks>;
  /** Awaits that each event that was confirmed has been handled or is a dead letter, and checks what came twice, and in which order. */
  balance(books: ClusterBooks, options?: BalanceOptions): Promise<void>;
}

/** Makes a cluster for the file, and the rest for each test. */
export function useClusterWorld(): ClusterWorld {
  let cluster: PrivateCluster;
  let services: GuardedServices;
  let transport: AmqpTransport | undefined;
  let client: StandaloneClient | undefined;
  let vhost = '';
  let count = 0;

  beforeAll(async () => {
    cluster = await startPrivateCluster(installedServer() ?? '');
  });
  afterAll(async () => cluster?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    vhost = `test-${++count}`;
    await cluster.makeVhost(vhost);
    services = new GuardedServices();
  });
  afterEach(async () => {
    await services.end();
    await client?.close();
    [client, transport] = [undefined, undefined];
    // Members of its queues that RabbitMQ has lost would keep a node from being stopped in order.
    await cluster.nodes[1]?.control('delete_vhost', vhost);
  });

  const node = (number: number): ClusterNode => {
    const found = cluster.nodes[number - 1];
    if (!found) throw new Error(`there is no node ${number}`);
    return found;
  };
  const uri = (...numbers: number[]): string =>
    (numbers.length > 0 ? numbers : [1, 2, 3]).map((number) => `${node(number).uri}/${vhost}`).join(',');
  const open = (): [AmqpTransport, StandaloneClient] => {
    if (!transport || !client) throw new Error('connect() first');
    return [transport, client];
  };

  return {
    get cluster() {
      return cluster;
    },
    get services() {
      return services;
    },
    get transport() {
      return open()[0];
    },
    get vhost() {
      return vhost;
    },
    uri,
    node,
    connect: async (number, heartbeat = '30s') => {
      let where = uri(number);
      transport = new AmqpTransport({ uri: () => where, publishTimeout: '5m', heartbeat });
      client = await connect(transport);
      where = uri();
      return client;
    },
    underLoad: async (work) => {
      const books: ClusterBooks = { confirmed: [], rejected: [], calls: [] };
      const state = { isDone: false };
      const load = produce(open()[1], books, () => state.isDone);
      try {
        await work(books);
      } finally {
        state.isDone = true;
        await load;
      }
      return books;
    },
    balance: async (books, options) => balance(books, services, open()[0], options),
  };
}

const loadPauseMs = 20;

/** Events of two handlers, one of which keeps the order of three keys, some that fail once or for good; and calls. */
async function produce(client: StandaloneClient, books: ClusterBooks, isDone: () => boolean): Promise<void> {
  const { count } = client.rpc<StockCalls>('stock');
  const underWay: Promise<unknown>[] = [];
  const publish = (type: string, id: string, fails = 0): void => {
    const dispatch = client.dispatch('shop', type, { id, fails });
    underWay.push(
      dispatch.then(
        () => books.confirmed.push(id),
        (error: { code?: string }) => books.rejected.push(error.code ?? 'no code'),
      ),
    );
  };
  const call = (id: string, idempotent: boolean): void => {
    const called = count.with({ timeout: idempotent ? '60s' : '20s', idempotent })(id);
    const noted = called.catch((error: { code?: string }) => error.code ?? 'no code');
    underWay.push(noted.then((outcome) => books.calls.push({ idempotent, outcome })));
  };
  for (let number = 1; !isDone(); number++) {
    publish('sold', `sold-${number}`, [3, 0, 0, 1, 0, 0, 0, 0][number % 8]);
    publish('moved', `${'abc'.charAt(number % 3)}${number}`);
    if (number % 4 === 0) call(`call-${number}`, number % 8 === 0);
    await delay(loadPauseMs);
  }
  await Promise.all(underWay);
}

async function balance(
  books: ClusterBooks,
  services: GuardedServices,
  transport: AmqpTransport,
  { mayBeRefused = false, wasSentOnce = false }: BalanceOptions = {},
): Promise<void> {
  const missing = async (): Promise<string[]> => {
    const letters = await lettersAt(transport);
    const dead = new Set(letters.map(({ payload }) => (payload as { id: string }).id));
    return books.confirmed.filter((id) => !services.steps.has(`${id} ended`) && !dead.has(id));
  };
  await expect.poll(missing, { timeout: 180_000, interval: 200 }).toEqual([]);
  const unmarked = books.confirmed.filter(
    (id) => services.unmarkedRunsOf(id).filter(({ attempt }) => attempt === 1).length > 1,
  );
  if (wasSentOnce) expect(unmarked).toEqual([]);
  if (mayBeRefused) return;
  const firstRuns = new Set(services.runs.map(({ id }) => id));
  for (const key of ['a', 'b', 'c']) {
    const numbers = [...firstRuns]
      .filter((id) => /^[abc]\d+$/.test(id) && id.startsWith(key))
      .map((id) => Number(id.slice(1)));
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  }
}

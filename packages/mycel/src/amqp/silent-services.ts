import type { AmqpConnection, ConnectOptions } from '../protocol/client/index.ts';
import type { ConnectionSource } from './connection-source.ts';
import { requestQueue } from './topology.ts';

/** How long a broker may take to list its queues: the names are welcome, not needed. */
const listTimeoutMs = 300;

const prefix = requestQueue('').queue;

/**
 * Names the services that take calls at this moment, of those that `isWanted`: programs in other languages, which do not
 * know the question. AMQP cannot list queues, so the broker is asked beside it: RabbitMQ's management API on its usual
 * port, or the embedded broker's status. Empty where neither answers. Never rejects.
 */
export async function silentServices(
  connection: AmqpConnection,
  { reached }: ConnectionSource,
  isWanted: (service: string) => boolean,
): Promise<string[]> {
  if (!reached) return [];
  const isEmbedded = connection.serverProperties['product'] === 'Mycel';
  try {
    const queues = await (isEmbedded ? queuesOfEmbedded(reached) : queuesOfRabbit(reached));
    const names = queues.filter((queue) => queue.startsWith(prefix)).map((queue) => queue.slice(prefix.length));
    return await withConsumers(connection, [...new Set(names)].filter(isWanted));
  } catch {
    return []; // No management plugin, no rights to it, a queue that went meanwhile.
  }
}

/** Leaves the services that somebody answers for: asked of the broker itself, as statistics are seconds old. */
async function withConsumers(connection: AmqpConnection, services: readonly string[]): Promise<string[]> {
  if (services.length === 0) return [];
  const channel = await connection.openChannel();
  try {
    const queues = await Promise.all(
      services.map(async (service) => channel.declareQueue(requestQueue(service).queue, { passive: true })),
    );
    return services.filter((_, index) => (queues[index]?.consumerCount ?? 0) > 0);
  } finally {
    await channel.close();
  }
}

async function queuesOfRabbit(broker: ConnectOptions): Promise<string[]> {
  const { credentials, tls = false, vhost = '/' } = broker;
  const [username, password] =
    credentials && credentials.mechanism !== 'EXTERNAL'
      ? [credentials.username, credentials.password]
      : ['guest', 'guest'];
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const path = `/api/queues/${encodeURIComponent(vhost)}?disable_stats=true&columns=name`;
  // A password that went encrypted must not go in the clear.
  const api = tls ? `https://${hostOf(broker)}:15671` : `http://${hostOf(broker)}:15672`;
  return namesOf(await getJson(api + path, { authorization }));
}

async function queuesOfEmbedded(broker: ConnectOptions): Promise<string[]> {
  const { port = 5672, vhost = '/' } = broker;
  const { vhosts } = (await getJson(`http://${hostOf(broker)}:${port}/status`)) as { vhosts?: unknown };
  const found = Array.isArray(vhosts) ? (vhosts as readonly { name?: unknown; queues?: unknown }[]) : [];
  return namesOf(found.find(({ name }) => name === vhost)?.queues);
}

async function getJson(url: string, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(listTimeoutMs) });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

function hostOf({ host = '127.0.0.1' }: ConnectOptions): string {
  return host.includes(':') ? `[${host}]` : host;
}

function namesOf(queues: unknown): string[] {
  if (!Array.isArray(queues)) return [];
  return queues.map((queue: unknown) => String((queue as { name?: unknown } | null)?.name));
}

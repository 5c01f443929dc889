import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type OwnVhost, type QueueState, type RabbitAdmin, vhostUri } from './rabbit-admin.ts';

const run = promisify(execFile);

/** One row of `rabbitmqctl list_queues --formatter json`. */
interface QueueRow {
  readonly name: string;
  readonly type: string;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly auto_delete: boolean;
  readonly arguments: Record<string, unknown> | [string, string, unknown][];
  readonly messages: number;
}

/** What `rabbitmqctl status --formatter json`, as far as it is read here says. */
interface Listening {
  readonly listeners: readonly { readonly port: number }[];
}

/**
 * Administers a RabbitMQ of this machine through `rabbitmqctl`, for brokers without the management plugin. Each step
 * takes about a second. `RABBITMQ_NODENAME` names the node, as for `rabbitmqctl` itself.
 */
export class Rabbitmqctl implements RabbitAdmin {
  readonly #brokerUri: string;
  readonly #user: string;

  constructor(brokerUri: string) {
    this.#brokerUri = brokerUri;
    this.#user = decodeURIComponent(new URL(brokerUri).username) || 'guest';
  }

  /** Tells whether `rabbitmqctl` is installed, may be used by this user and reaches the node of this broker. */
  async answers(): Promise<boolean> {
    const port = Number(new URL(this.#brokerUri).port || 5672);
    try {
      const { listeners }: Listening = JSON.parse(await ctl('status', '--formatter', 'json'));
      return listeners.some((listener) => listener.port === port);
    } catch {
      return false;
    }
  }

  async createVhost(name: string): Promise<OwnVhost> {
    await ctl('add_vhost', name);
    await this.permit(name, '.*');
    return { name, uri: vhostUri(this.#brokerUri, name) };
  }

  async deleteVhost(name: string): Promise<void> {
    await ctl('delete_vhost', name);
  }

  async permit(vhost: string, pattern: string, configure = pattern): Promise<void> {
    await ctl('set_permissions', '-p', vhost, this.#user, configure, pattern, pattern);
  }

  async queues(vhost: string): Promise<QueueState[]> {
    const columns = ['name', 'type', 'durable', 'exclusive', 'auto_delete', 'arguments', 'messages'];
    const rows: QueueRow[] = JSON.parse(await ctl('list_queues', '-p', vhost, '--formatter', 'json', ...columns));
    return rows.map(({ auto_delete: autoDelete, arguments: args, ...queue }) => ({
      ...queue,
      autoDelete,
      arguments: Array.isArray(args) ? Object.fromEntries(args.map(([key, , value]) => [key, value])) : args,
    }));
  }

  async closeConnections(vhost: string, reason: string): Promise<void> {
    await ctl('close_all_connections', '-p', vhost, reason);
  }
}

async function ctl(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('rabbitmqctl', ['--quiet', ...args], { timeout: 30_000 });
  return stdout;
}

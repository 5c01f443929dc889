import { type OwnVhost, type QueueState, type RabbitAdmin, vhostUri } from './rabbit-admin.ts';

/** The answer of `GET /api/queues/<vhost>`, as far as it is read here. */
interface QueueAnswer {
  readonly name: string;
  readonly type: string;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly auto_delete: boolean;
  readonly arguments: Record<string, unknown>;
  readonly messages: number;
}

/**
 * Administers a RabbitMQ through its management API, in milliseconds. Each vhost gets a user of the same name: the API
 * closes a user's connections at once, but finds the connections of a vhost only seconds after they were opened.
 */
export class RabbitManagement implements RabbitAdmin {
  readonly #api: URL;
  readonly #authorization: string;
  readonly #brokerUri: string;

  constructor(brokerUri: string, managementUri: string) {
    const { username, password } = new URL(managementUri);
    this.#api = new URL('/api/', managementUri);
    [this.#api.username, this.#api.password] = ['', ''];
    this.#authorization = `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}`;
    this.#brokerUri = brokerUri;
  }

  /** Tells whether the API answers with these credentials. One that is slow does. */
  async answers(): Promise<boolean> {
    const headers = { authorization: this.#authorization };
    try {
      return (await fetch(new URL('whoami', this.#api), { headers, signal: AbortSignal.timeout(30_000) })).ok;
    } catch {
      return false; // nobody listens there
    }
  }

  async createVhost(name: string): Promise<OwnVhost> {
    await Promise.all([
      this.#request('PUT', `vhosts/${name}`),
      this.#request('PUT', `users/${name}`, { password: name, tags: '' }),
    ]);
    await this.permit(name, '.*');
    return { name, uri: vhostUri(this.#brokerUri, name, name) };
  }

  async deleteVhost(name: string): Promise<void> {
    await this.#request('DELETE', `vhosts/${name}`);
    await this.#request('DELETE', `users/${name}`);
  }

  async permit(vhost: string, pattern: string, configure = pattern): Promise<void> {
    await this.#request('PUT', `permissions/${vhost}/${vhost}`, { configure, write: pattern, read: pattern });
  }

  async queues(vhost: string): Promise<QueueState[]> {
    // Without statistics the totals are read from the queues themselves.
    const path = `queues/${vhost}?disable_stats=true&enable_queue_totals=true`;
    const answer: QueueAnswer[] = JSON.parse(await this.#request('GET', path));
    return answer.map(({ auto_delete: autoDelete, ...queue }) => ({ ...queue, autoDelete }));
  }

  async closeConnections(vhost: string, reason: string): Promise<void> {
    await this.#request('DELETE', `connections/username/${vhost}`, undefined, { 'x-reason': reason });
  }

  async #request(method: string, path: string, body?: unknown, extra: Record<string, string> = {}): Promise<string> {
    const response = await fetch(new URL(path, this.#api), {
      method,
      headers: { authorization: this.#authorization, 'content-type': 'application/json', ...extra },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`RabbitMQ's management API: ${method} ${path}: ${response.status} ${text}`);
    return text;
  }
}

import { endsWithin } from '../foundation/long-timer.ts';
import { refusalIn } from './broker-refusal.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { requestQueue } from './topology.ts';

/** How long an answer holds: each question that finds no queue is an error in RabbitMQ's log. */
const answerMs = 1000;

/** How long an answer is waited for. That there is no queue RabbitMQ says at once; of one whose node is down 4.3 says nothing. */
const patienceMs = 3000;

const notFound = 404;

/** RabbitMQ's words for a queue that nobody has declared. Whatever else it says is of one that is there, and cannot be used. */
const noQueue = /\bno queue '/;

/** What has become of a service's queue: there is none, it is there (again), or why it cannot be reached. */
export type QueueFate = 'missing' | 'there' | { readonly reason: string };

/**
 * Asks the broker why no queue took a request. A classic queue whose node is down looks to publishers as if it had never been declared; to those
 * who ask for it by name RabbitMQ says what is the matter.
 */
export class UnreachableQueues {
  readonly #connection: SupervisedConnection;
  readonly #answers = new Map<string, Promise<QueueFate>>();

  constructor(connection: SupervisedConnection) {
    this.#connection = connection;
  }

  /** What the broker says of the queue of a service. Never rejects. */
  fateOf(service: string): Promise<QueueFate> {
    const present = this.#answers.get(service);
    if (present) return present;
    const asked = this.#ask(service);
    const answer = this.#inTime(asked, service);
    this.#answers.set(service, answer);
    void asked.then(() => setTimeout(() => this.#answers.delete(service), answerMs).unref());
    return answer;
  }

  async #inTime(asked: Promise<QueueFate>, service: string): Promise<QueueFate> {
    if (await endsWithin(asked, patienceMs)) return asked;
    const { queue } = requestQueue(service);
    const reason = `the broker says nothing of its queue '${queue}' for ${patienceMs / 1000} s: a node of the cluster may be down`;
    return { reason };
  }

  async #ask(service: string): Promise<QueueFate> {
    try {
      const channel = await (await this.#connection.whenOpen()).openChannel();
      await channel.declareQueue(requestQueue(service).queue, { passive: true }); // its refusal closes the channel
      await channel.close();
      return 'there';
    } catch (error) {
      const refusal = refusalIn(error);
      if (!refusal) return 'there'; // the connection was lost: whoever comes back on the next one asks anew
      if (refusal.replyCode !== notFound || noQueue.test(refusal.replyText)) return 'missing';
      return { reason: refusal.replyText }; // its node is down, its process is stopped
    }
  }
}

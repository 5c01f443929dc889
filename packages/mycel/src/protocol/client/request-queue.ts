import type { Content } from '../codec/content-assembler.ts';
import type { Method } from '../codec/methods/method.ts';
import type { AmqpError } from '../codec/amqp-error.ts';

/** Takes an answer and gives the result, or `undefined` when it is no answer to this request. */
type Accept<T> = (reply: Method, content?: Content) => T | undefined;

interface Request {
  readonly method: Method;
  /** Settles the request if the reply is its answer. */
  readonly answer: (reply: Method, content?: Content) => boolean;
  readonly reject: (error: unknown) => void;
}

/**
 * The requests of one channel that await an answer, one on the wire at a time.
 *
 * Requests are not sent ahead of answers, although that would save time: RabbitMQ lets the queue's process answer
 * `basic.consume`, and the channel may then answer the next request first.
 */
export class RequestQueue {
  readonly #send: (method: Method) => void;
  readonly #requests: Request[] = [];

  constructor(send: (method: Method) => void) {
    this.#send = send;
  }

  /** The request that is on the wire. */
  get current(): Method | undefined {
    return this.#requests[0]?.method;
  }

  /**
   * Sends a method when those before it are answered. `accept` runs while the answer is being received, before anything
   * that came behind it.
   */
  request<T>(method: Method, accept: Accept<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const answer = (reply: Method, content?: Content): boolean => {
        const result = accept(reply, content);
        if (result !== undefined) resolve(result);
        return result !== undefined;
      };
      this.#requests.push({ method, answer, reject });
      if (this.#requests.length === 1) this.#sendFirst();
    });
  }

  /** Settles the request on the wire and sends the next; false when the reply answers nothing. */
  answer(reply: Method, content?: Content): boolean {
    const request = this.#requests[0];
    if (!request?.answer(reply, content)) return false;
    this.#requests.shift();
    this.#sendFirst();
    return true;
  }

  /** Rejects all requests. The one on the wire stays in its place: its answer may still come, and must be known as such. */
  giveUp(error: AmqpError): void {
    for (const request of this.#requests) request.reject(error);
    this.#requests.splice(1);
  }

  /** Rejects the request on the wire with one error and those behind it with another. */
  fail(currentError: AmqpError, error: AmqpError): void {
    const [current, ...waiting] = this.#requests.splice(0);
    current?.reject(currentError);
    for (const request of waiting) request.reject(error);
  }

  /** A request that cannot be encoded is refused, and the next gets its turn. */
  #sendFirst(): void {
    for (let request = this.#requests[0]; request; request = this.#requests[0]) {
      try {
        this.#send(request.method);
        return;
      } catch (error) {
        this.#requests.shift();
        request.reject(error);
      }
    }
  }
}

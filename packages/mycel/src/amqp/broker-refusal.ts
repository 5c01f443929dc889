import { AmqpError, AmqpServerError, ChannelClosedError, ConnectionClosedError } from '../protocol/client/index.ts';
import { TopologyError } from '../transport/transport-errors.ts';

/** What to do about the codes a broker refuses a declaration with. */
const remedies: Readonly<Record<number, string>> = {
  403: 'grant the user the rights to configure, write and read it (rabbitmqctl set_permissions)',
  404: 'something it needs does not exist',
  405: 'it belongs to another connection: does another instance use the same broadcast id?',
  406: "it exists with other properties: delete it once its messages are handled, or set amqp.topology to 'nameko' to share queues that Nameko declared",
};

/** Finds the broker's refusal of a method among the causes of a failed request; `undefined` if there is none. */
export function refusalIn(error: unknown): AmqpServerError | undefined {
  let cause: unknown = error;
  while (cause instanceof AmqpError && !(cause instanceof AmqpServerError)) cause = cause.cause;
  return cause instanceof AmqpServerError && cause.method !== undefined ? cause : undefined;
}

/** Tells whether a request failed only because its channel or connection was lost: it may succeed on the next. */
export function isLoss(error: unknown): boolean {
  const isClosed = error instanceof ConnectionClosedError || error instanceof ChannelClosedError;
  return isClosed && refusalIn(error) === undefined;
}

/** Says what was refused and what to do about it. */
export function topologyError(name: string, refusal: AmqpServerError): TopologyError {
  const { method, replyCode, replyText } = refusal;
  const remedy = remedies[replyCode] ?? "see the broker's log";
  return new TopologyError(`${name}: the broker refused ${method ?? 'it'}: ${replyText} (${replyCode}); ${remedy}`, {
    cause: refusal,
  });
}

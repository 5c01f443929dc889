import { AmqpError, AmqpServerError, ChannelClosedError, ConnectionClosedError } from '../protocol/client/index.ts';
import { TopologyError } from '../transport/transport-errors.ts';
import { describeMismatch, mismatchIn } from './declaration-mismatch.ts';

/** What to do about the codes a broker refuses a declaration with. */
const remedies: Readonly<Record<number, string>> = {
  403: 'grant the user the rights to configure, write and read it (rabbitmqctl set_permissions)',
  404: 'something it needs does not exist',
  405: 'it belongs to another connection: does another instance use the same broadcast id?',
  406: "it exists with other properties: delete it once its messages are handled, or set amqp.topology to 'nameko' to share queues that Nameko declared",
};

const internalError = 541;

/** Finds the broker's refusal of a method among the causes of a failed request; `undefined` if there is none. */
export function refusalIn(error: unknown): AmqpServerError | undefined {
  let cause: unknown = error;
  while (cause instanceof AmqpError && !(cause instanceof AmqpServerError)) cause = cause.cause;
  return cause instanceof AmqpServerError && isRefusal(cause) ? cause : undefined;
}

/**
 * Not where the broker itself failed: while it boots, or changes its leader, RabbitMQ answers declarations by closing the connection with
 * 541 ("Cannot declare a queue"), to all that wait for an answer on it. A message that it failed on is not to be sent again.
 */
function isRefusal({ scope, replyCode, method }: AmqpServerError): boolean {
  const isItsOwn = replyCode === internalError && scope === 'connection' && method !== 'basic.publish';
  return method !== undefined && !isItsOwn;
}

/** Tells whether a request failed only because its channel or connection was lost: it may succeed on the next. */
export function isLoss(error: unknown): boolean {
  const isClosed = error instanceof ConnectionClosedError || error instanceof ChannelClosedError;
  return isClosed && refusalIn(error) === undefined;
}

/** Tells whether the broker refused because something is not there: it was never declared, was deleted meanwhile, or its node is not up yet. */
export function isMissing(error: unknown): boolean {
  return refusalIn(error)?.replyCode === 404;
}

/** Says what was refused and what to do about it. */
export function topologyError(name: string, refusal: AmqpServerError): TopologyError {
  const { method, replyCode, replyText } = refusal;
  const mismatch = replyCode === 406 ? mismatchIn(replyText) : undefined;
  if (mismatch)
    return new TopologyError(`${name}: ${describeMismatch(mismatch)} (${replyText}, ${replyCode})`, {
      cause: refusal,
      mismatch,
    });
  const remedy = remedies[replyCode] ?? "see the broker's log";
  return new TopologyError(`${name}: the broker refused ${method ?? 'it'}: ${replyText} (${replyCode}); ${remedy}`, {
    cause: refusal,
  });
}

/** The exchange that the broker said is missing (404), if that is why it closed a channel. */
export function missingExchangeIn(error: unknown): string | undefined {
  const refusal = refusalIn(error);
  return refusal?.replyCode === 404 ? /no exchange '(.*?)'(?: in vhost|$)/s.exec(refusal.replyText)?.[1] : undefined;
}

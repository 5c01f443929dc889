import { MalformedFrameError, protocol } from '../../protocol/codec/index.ts';
import type { BasicPublish } from '../../protocol/codec/methods/basic.ts';
import { AmqpFault } from './amqp-fault.ts';
import { PROPERTY_FLAG } from './brokered-properties.ts';
import type { ChannelScope } from './channel-scope.ts';
import type { Destination } from './destination.ts';
import { assertExpiration } from './expiration.ts';
import { Message, type PublishedContent } from './message.ts';
import { notImplemented, preconditionFailed } from './refusals.ts';
import { directReplyTo } from './reply-address.ts';
import { routingKeysOf, withoutBcc } from './routing/sender-selected.ts';

/** How a channel publishes: at once, at once with a word to the publisher, or when a transaction is committed. */
export type ChannelMode = 'plain' | 'confirm' | 'transaction';

interface Publication {
  readonly message: Message;
  readonly destinations: readonly Destination[];
  readonly isMandatory: boolean;
}

/** Properties that must be right before a message is taken. */
const checkedProperties =
  PROPERTY_FLAG.priority | PROPERTY_FLAG.replyTo | PROPERTY_FLAG.expiration | PROPERTY_FLAG.userId;

/** What a channel publishes: checks, routing, confirms, returns. */
export class Publishing {
  readonly #scope: ChannelScope;
  /** Where direct replies to this channel go, if it consumes them. */
  readonly #replyAddress: () => string | undefined;
  #mode: ChannelMode = 'plain';
  #published = 0;
  #uncommitted: Publication[] = [];

  constructor(scope: ChannelScope, replyAddress: () => string | undefined) {
    this.#scope = scope;
    this.#replyAddress = replyAddress;
  }

  get mode(): ChannelMode {
    return this.#mode;
  }

  selectConfirm(): void {
    if (this.#mode === 'transaction') throw preconditionFailed('cannot switch from tx to confirm mode');
    this.#mode = 'confirm';
  }

  selectTransaction(): void {
    if (this.#mode === 'confirm') throw preconditionFailed('cannot switch from confirm to tx mode');
    this.#mode = 'transaction';
  }

  publish(method: BasicPublish, content: PublishedContent): void {
    const { exchange, routingKey, mandatory, immediate } = method;
    const { connection } = this.#scope;
    if (immediate) throw notImplemented('immediate=true');
    if (content.body.length > connection.maxMessageBytes)
      throw tooLarge(content.body.length, connection.maxMessageBytes);
    connection.vhost.exchanges.assertPublishable(exchange);
    const given = new Message(exchange, routingKey, content);
    if (!given.hasAny(checkedProperties | PROPERTY_FLAG.headers)) {
      this.#take(given, connection.vhost.exchanges.route(exchange, given, [routingKey]), mandatory);
      return;
    }
    try {
      this.#takeWithProperties(given, mandatory);
    } catch (error) {
      // Bytes that are no properties are the publisher's fault.
      throw error instanceof MalformedFrameError ? new AmqpFault(error.replyCode, error.message) : error;
    }
  }

  /** Publishes what waited for the end of the transaction. */
  commit(): void {
    const publications = this.#uncommitted;
    this.#uncommitted = [];
    for (const { message, destinations, isMandatory } of publications) {
      this.#send(message, destinations, isMandatory);
      this.#scope.connection.vhost.memory.release(message);
    }
  }

  /** Forgets what waited for the end of the transaction. */
  rollback(): void {
    for (const { message } of this.#uncommitted) this.#scope.connection.vhost.memory.release(message);
    this.#uncommitted = [];
  }

  #takeWithProperties(given: Message, isMandatory: boolean): void {
    const checked = given.hasAny(checkedProperties) ? this.#checked(given) : given;
    const keys = routingKeysOf(checked);
    // Before it is routed: no headers exchange may match by what nobody is to see.
    const message = withoutBcc(checked);
    if (message !== checked) message.blindKeys = keys;
    const destinations = this.#scope.connection.vhost.exchanges.route(message.exchange, message, keys);
    this.#take(message, destinations, isMandatory);
  }

  #take(message: Message, destinations: readonly Destination[], isMandatory: boolean): void {
    if (this.#mode === 'transaction') {
      this.#scope.connection.vhost.memory.hold(message);
      this.#uncommitted.push({ message, destinations, isMandatory });
      return;
    }
    const isTaken = this.#send(message, destinations, isMandatory);
    if (this.#mode !== 'confirm') return;
    const deliveryTag = ++this.#published;
    this.#scope.peer.send(
      isTaken
        ? { name: 'basic.ack', deliveryTag, multiple: false }
        : { name: 'basic.nack', deliveryTag, multiple: false, requeue: true },
    );
  }

  /** False if a queue refused it. */
  #send(message: Message, destinations: readonly Destination[], isMandatory: boolean): boolean {
    const { totals, vhost } = this.#scope.connection;
    totals.published++;
    if (destinations.length === 0) totals.unroutable++;
    if (isMandatory && !destinations.some(({ isQueue }) => isQueue)) this.#return(message);
    if (destinations.length < 2) return offerTo(destinations, message);
    return vhost.deadLetters.sendAfter(() => offerTo(destinations, message));
  }

  #return(message: Message): void {
    const { exchange, routingKey } = message;
    this.#scope.peer.sendMessage(
      { name: 'basic.return', replyCode: protocol.REPLY_CODE.noRoute, replyText: 'NO_ROUTE', exchange, routingKey },
      message,
    );
  }

  #checked(message: Message): Message {
    const { replyTo, userId, expiration } = message.brokered;
    const isDirect = replyTo === directReplyTo;
    const address = isDirect ? this.#replyAddress() : undefined;
    if (isDirect && address === undefined) throw preconditionFailed('fast reply consumer does not exist');
    const { user } = this.#scope.connection;
    if (userId !== undefined && userId !== user) {
      throw preconditionFailed(`user_id property set to '${userId}' but authenticated user was '${user}'`);
    }
    if (expiration !== undefined) assertExpiration(expiration);
    if (address === undefined) return message;
    return message.with(message.exchange, message.routingKey, { ...message.properties, replyTo: address });
  }
}

/** False if one of them refuses it; the others have it all the same. */
function offerTo(destinations: readonly Destination[], message: Message): boolean {
  let isTaken = true;
  for (const destination of destinations) {
    if (!destination.offer(message)) isTaken = false;
  }
  return isTaken;
}

function tooLarge(size: number, limit: number): Error {
  return preconditionFailed(`message size ${size} is larger than configured max size ${limit}`);
}

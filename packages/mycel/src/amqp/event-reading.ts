import { messageOf } from '../foundation/errors.ts';
import type { AmqpChannel, Delivery } from '../protocol/client/index.ts';
import type { EventSubscriber, EventTrial, InboundEvent } from '../transport/event-transport.ts';
import { decodePayload } from '../transport/payload.ts';
import { countIn, type EventMarks, isCopy, readMarks } from './event-marks.ts';
import { payloadSource, readContext } from './message-headers.ts';

/** What is known of a delivery besides the message. */
export interface DeliveryNotes {
  /** Where they are not those of the message. */
  readonly marks?: EventMarks | undefined;
  readonly trial?: EventTrial | undefined;
  readonly settled?: Promise<void> | undefined;
}

/** Turns a delivery into the event that it carries. */
export function readEvent(
  { source, oneAtATime }: EventSubscriber,
  channel: AmqpChannel,
  delivery: Delivery,
  { marks = marksOf(delivery), trial, settled }: DeliveryNotes = {},
): InboundEvent {
  const { properties, body, routingKey, redelivered } = delivery;
  const { headers, messageId } = properties;
  const event = {
    source,
    type: marks?.routingKey ?? routingKey,
    context: readContext(headers),
    redelivered: redelivered || marks?.maybeTwice === true,
    messageId,
    failures: marks?.failures,
    firstFailedAt: marks?.firstFailedAt,
    returns: redelivered || marks ? (countIn(headers, 'x-delivery-count') ?? 0) + (marks?.returns ?? 0) : undefined,
    replayOf: marks?.replayOf,
    trial,
    isLost: oneAtATime ? () => !channel.isOpen : undefined,
    settled,
  };
  try {
    return { ...event, payload: decodePayload(payloadSource(properties, body)) };
  } catch (error) {
    return { ...event, payload: undefined, malformed: messageOf(error) };
  }
}

/** Most messages have none, and cost nothing. */
function marksOf(delivery: Delivery): EventMarks | undefined {
  return isCopy(delivery.properties) ? readMarks(delivery) : undefined;
}

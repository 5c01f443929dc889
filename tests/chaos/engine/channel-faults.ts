import type { SeededRandom } from '../../support/seeded-random.ts';
import { orderedHandler } from '../workload/names.ts';
import type { FaultyLink, Step } from './faulty-link.ts';

interface LinkState {
  /** By consumer tag: its channel. */
  readonly consumers: Map<string, number>;
  /** Channels on whose consumers an order depends. */
  readonly ordered: Set<number>;
  /** Consumers that the broker is ending. */
  readonly cancelling: Set<string>;
  /** Channels that the broker has closed, and from whom the answer is still to come. */
  readonly closing: Map<number, Set<'broker' | 'client'>>;
}

/**
 * What a broker does to one channel: it closes it, or ends a consumer. The engine is asked to by the client's own methods, the
 * client is told by the broker's, and the answers to both stay here.
 */
export class ChannelFaults {
  readonly #links = new WeakMap<FaultyLink, LinkState>();

  /** Ends the channel of some consumer, as RabbitMQ does when a delivery is not acknowledged in time. `false` if there is none. */
  closeOne(link: FaultyLink, random: SeededRandom): boolean {
    const { consumers, closing } = this.#state(link);
    const channels = [...new Set(consumers.values())].filter((channel) => link.knows(channel));
    if (channels.length === 0 || isHeld(link)) return false;
    const channel = random.pick(channels);
    closing.set(channel, new Set(['broker', 'client']));
    this.#forget(link, channel);
    const nothing = { failedClassId: 0, failedMethodId: 0 };
    link.ask(channel, { name: 'channel.close', replyCode: 200, replyText: 'as planned', ...nothing });
    const replyText = 'PRECONDITION_FAILED - delivery acknowledgement timed out, as planned';
    link.tell(channel, { name: 'channel.close', replyCode: 406, replyText, ...nothing });
    return true;
  }

  /**
   * Ends some consumer. `false` if there is none. None of ordered events: a broker ends consumers with their queue, so there is no order
   * to keep; here the queue stays, and another consumer would get what comes behind that which this one still holds.
   */
  cancelOne(link: FaultyLink, random: SeededRandom): boolean {
    const { consumers, cancelling, ordered } = this.#state(link);
    const tags = [...consumers].filter(
      ([tag, channel]) => link.knows(channel) && !cancelling.has(tag) && !ordered.has(channel),
    );
    if (tags.length === 0 || isHeld(link)) return false;
    const [consumerTag, channel] = random.pick(tags);
    cancelling.add(consumerTag);
    link.ask(channel, { name: 'basic.cancel', consumerTag, noWait: false });
    return true;
  }

  /** Tells whether a step is one of those that stay here. */
  takes({ direction, channel, method }: Step, link: FaultyLink): boolean {
    const state = this.#state(link);
    const side = direction === 'to broker' ? 'client' : 'broker';
    const awaited = state.closing.get(channel);
    if (awaited?.has(side)) {
      if (method.name === 'channel.close-ok') awaited.delete(side);
      if (awaited.size === 0) state.closing.delete(channel);
      return true;
    }
    if (method.name === 'basic.consume' && method.queue.endsWith(orderedHandler)) state.ordered.add(channel);
    if (method.name === 'basic.consume-ok') state.consumers.set(method.consumerTag, channel);
    if (method.name === 'basic.cancel' || method.name === 'basic.cancel-ok') state.consumers.delete(method.consumerTag);
    if (method.name === 'channel.close') this.#forget(link, channel);
    if (method.name !== 'basic.cancel-ok' || !state.cancelling.delete(method.consumerTag)) return false;
    link.tell(channel, { name: 'basic.cancel', consumerTag: method.consumerTag, noWait: true });
    return true;
  }

  #forget(link: FaultyLink, channel: number): void {
    const { consumers, ordered } = this.#state(link);
    ordered.delete(channel);
    for (const [tag, on] of consumers) if (on === channel) consumers.delete(tag);
  }

  #state(link: FaultyLink): LinkState {
    const known = this.#links.get(link);
    if (known) return known;
    const made = {
      consumers: new Map(),
      ordered: new Set<number>(),
      cancelling: new Set<string>(),
      closing: new Map(),
    };
    this.#links.set(link, made);
    return made;
  }
}

/** What is said out of turn must not overtake what is kept back. */
function isHeld(link: FaultyLink): boolean {
  return link.isHeld('to broker') || link.isHeld('to client');
}

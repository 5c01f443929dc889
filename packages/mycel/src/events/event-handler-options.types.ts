// Compiled, never run: each @ts-expect-error must be needed.
import { defineService, eventHandler, type EventHandlerOptions, type EventOf, RetryLater, service } from 'mycel';
import { OrderPlaced, payments } from '../../../../tests/support/shop-contract.ts';

const refunded = payments.events['payment.refunded'];

class OutOfStock extends Error {
  readonly article: string;

  constructor(article: string, left: number) {
    super(`${left} ${article}`);
    this.article = article;
  }
}

interface StockChange {
  readonly article: string;
}

/** What several handlers have in common, whatever they get. */
const patient: EventHandlerOptions = { retry: { attempts: 9, delays: ['1m', 90_000], jitter: 0, never: [OutOfStock] } };
const byArticle: EventHandlerOptions<StockChange> = { orderBy: ({ article }) => article };

@service('ordered')
export class Ordered {
  @eventHandler(OrderPlaced, { orderBy: ({ id }) => id, concurrency: 4, expected: [OutOfStock] }) inferred(
    event: EventOf<typeof OrderPlaced>,
  ): string {
    return event.id;
  }
  @eventHandler(refunded, { orderBy: ({ at }) => at.getTime() }) parsed(): void {}
  @eventHandler(OrderPlaced, { orderBy: (event: { id: string }) => event.id }) part(): void {}
  @eventHandler(OrderPlaced, patient) shared(): void {}
  @eventHandler('shop', 'stock.*', patient) sharedByName(): void {}
  @eventHandler('shop', 'stock.*', byArticle) typed(): void {}
  @eventHandler('shop', 'stock.*', { orderBy: ({ article }: StockChange) => article }) annotated(): void {
    throw new RetryLater({ delay: '10m', counts: false, cause: new OutOfStock('x', 0) });
  }
  // @ts-expect-error the payload has no such member
  @eventHandler(OrderPlaced, { orderBy: ({ article }) => article }) noMember(): void {}
  // @ts-expect-error a date is no key
  @eventHandler(refunded, { orderBy: ({ at }) => at }) noKey(): void {}
  // @ts-expect-error of another payload
  @eventHandler(OrderPlaced, byArticle) otherPayload(): void {}
  // @ts-expect-error without an annotation nothing is known of the payload
  @eventHandler('shop', 'stock.*', { orderBy: (change) => change.article }) notAnnotated(): void {}
  // @ts-expect-error no such way
  @eventHandler(OrderPlaced, { onError: 'ignore' }) noWay(): void {}
  // @ts-expect-error a list of delays
  @eventHandler(OrderPlaced, { retry: { delays: '1s' } }) noDelays(): void {}
  // @ts-expect-error an error is no class
  @eventHandler(OrderPlaced, { retry: { never: [new OutOfStock('x', 0)] } }) noClass(): void {}
  // @ts-expect-error a delay is needed
  later = (): Error => new RetryLater({});
}

class Plain {
  placed(event: EventOf<typeof OrderPlaced>): string {
    return event.id;
  }
}
export const plain = defineService(Plain, 'plain', {
  placed: eventHandler(OrderPlaced, { orderBy: ({ id }) => id, ...patient }),
});
// @ts-expect-error the payload has no such member
export const wrong = defineService(Plain, 'plain', { placed: eventHandler(refunded, { orderBy: ({ id }) => id }) });

// Compiled, never run: each @ts-expect-error must be needed.
import { defineService, eventHandler, rpc, service, type ServiceDefinition } from 'mycel';
import { z } from 'zod';
import { type Money, OrderPlaced, payments, type Receipt } from '../../../../tests/support/shop-contract.ts';
import { PaymentsService } from '../../../../tests/support/shop-services.ts';
import { type Equal, same } from '../../../../tests/support/type-equality.ts';

const euro: Money = { amount: 1, currency: 'EUR' };

// The class against its contract.
@service(payments)
export class Whole {
  @rpc charge(orderId: string, paid: Money): Receipt {
    return { id: '1', orderId, paid };
  }
  @rpc async refund({ orderId }: { orderId: string }): Promise<Receipt> {
    return { id: '1', orderId, paid: euro };
  }
  @rpc ping(): void {}
  more(): void {}
}
// @ts-expect-error refund and ping are missing
@service(payments)
export class Half {
  @rpc charge(orderId: string, paid: Money): Receipt {
    return { id: '1', orderId, paid };
  }
}
// @ts-expect-error charge returns something else
@service(payments)
export class Wrong {
  @rpc charge(): number {
    return 1;
  }
  @rpc refund({ orderId }: { orderId: string }): Receipt {
    return { id: '1', orderId, paid: euro };
  }
  @rpc ping(): void {}
}
// @ts-expect-error a private method cannot keep a promise
@service(payments)
export class Secretive {
  protected charge(orderId: string, paid: Money): Receipt {
    return { id: '1', orderId, paid };
  }
  @rpc refund({ orderId }: { orderId: string }): Receipt {
    return { id: '1', orderId, paid: euro };
  }
  @rpc ping(): void {}
}

// A service is constructed without arguments.
@service('simple', { maxWorkers: 3 })
export class Simple {}
// @ts-expect-error nobody could give it x
@service('needy')
export class Needy {
  x: number;
  constructor(x: number) {
    this.x = x;
  }
}
// @ts-expect-error nobody could construct it
@service('abstract')
export abstract class Abstract {}
// @ts-expect-error no such option
@service('simple', { maxWorker: 3 })
export class Misspelt {}

// The form without decorators.
class Plain {
  label = 'x';
  add(x: number, y: number): number {
    return x + y;
  }
  async later(text: string): Promise<string> {
    return text;
  }
  onPlaced({ id }: { id: string }): void {
    void id;
  }
  nothing(): void {}
}
export const plain = defineService(Plain, 'plain', {
  add: rpc({ params: [z.number(), z.number()], returns: z.number() }),
  later: [rpc(), eventHandler('source', 'text')],
  onPlaced: eventHandler(OrderPlaced, { mode: 'broadcast' }),
});
same<Equal<typeof plain, ServiceDefinition<Plain>>>();
defineService(Plain, 'plain', {});
defineService(Plain, 'plain', { nothing: rpc() }, { maxWorkers: 1 });
// @ts-expect-error the schemas do not fit the method
defineService(Plain, 'plain', { add: rpc({ params: [z.string(), z.number()] }) });
// @ts-expect-error in a list neither
defineService(Plain, 'plain', { add: [rpc(), rpc({ params: [z.string(), z.number()] })] });
// @ts-expect-error the result does not fit
defineService(Plain, 'plain', { later: rpc({ returns: z.number() }) });
// @ts-expect-error no such method
defineService(Plain, 'plain', { ad: rpc() });
// @ts-expect-error a field is no method
defineService(Plain, 'plain', { label: rpc() });
// @ts-expect-error the payload has no such member
defineService(Plain, 'plain', { later: eventHandler(OrderPlaced) });
// @ts-expect-error the parentheses are missing
defineService(Plain, 'plain', { add: rpc });
// @ts-expect-error no service class
defineService(Needy, 'needy', {});

export const paying = defineService(PaymentsService, payments, { charge: rpc(), refund: rpc(), ping: rpc() });
same<Equal<typeof paying, ServiceDefinition<PaymentsService>>>();
// @ts-expect-error ping is missing
defineService(PaymentsService, payments, { charge: rpc(), refund: rpc() });
// @ts-expect-error the class does not keep the contract
defineService(Plain, payments, { charge: rpc(), refund: rpc(), ping: rpc() });

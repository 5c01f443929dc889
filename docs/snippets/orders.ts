import { eventDispatcher, rpc, service } from 'mycel';
import { OrderPlaced } from './orders-events.ts';

// #region dispatch
@service('orders')
export class OrdersService {
  dispatch = eventDispatcher();

  @rpc async place(id: string, total: number): Promise<{ heard: boolean }> {
    const { routed } = await this.dispatch(OrderPlaced, { id, total }); // checked by compiler and schema
    await this.dispatch('order_counted', { id }); // of this service, with any payload
    return { heard: routed };
  }
}
// #endregion dispatch

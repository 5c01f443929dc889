// #region service
import { rpc, service, workerContext } from 'mycel';
import { shelf } from './shelf.ts';

@service('stock', { maxWorkers: 20 })
export class StockService {
  shelf = shelf(); // a dependency of our own: see dependencies.md
  context = workerContext();

  @rpc async take(item: string, count = 1): Promise<{ left: number }> {
    const left = await this.shelf.take(item, count);
    return { left };
  }

  @rpc async recount(): Promise<number> {
    return this.shelf.countAll(this.context.signal); // stops counting when nobody waits any more
  }
}
// #endregion service

import { rpc, service } from 'mycel';
import { z } from 'zod';

const stock: { has(id: string): Promise<boolean> } = {
  has: async (id) => {
    if (id === 'broken') throw new Error('the stock cannot be read');
    return id === 'apple';
  },
};

// #region refinement
const ItemId = z.string().refine(
  async (id) => {
    try {
      return await stock.has(id);
    } catch {
      return false; // a rejection would end the process
    }
  },
  { error: 'no such item' },
);
// #endregion refinement

const RejectingItemId = z.string().refine(async (id) => stock.has(id));

@service('refined')
export class RefinedService {
  @rpc({ params: [ItemId] })
  take(id: string): string {
    return id;
  }

  @rpc({ params: [RejectingItemId] })
  takeRejecting(id: string): string {
    return id;
  }
}

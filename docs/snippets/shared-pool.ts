// #region resource
import { type Dependency, dependency, DependencyProvider, resourceKey, type SharedResource } from 'mycel';
import { AccountsPool } from './accounts-pool.ts';

const poolKey = resourceKey<AccountsPool>('accounts pool');

/** Give it to the runner: `runServices([...], { resources: [accountsPool('db://...')] })`. */
export function accountsPool(url: string): SharedResource<AccountsPool> {
  const pool = new AccountsPool(url);
  return { key: poolKey, open: async () => pool, close: () => pool.end() };
}

class PoolProvider extends DependencyProvider<AccountsPool> {
  #pool: AccountsPool | undefined;

  override async setup(): Promise<void> {
    this.#pool = await this.host.resource(poolKey); // opened by the first who asks
  }

  getDependency(): AccountsPool {
    if (!this.#pool) throw new Error('the pool is used before its setup');
    return this.#pool;
  }
}

export const pool = (): Dependency<AccountsPool> => dependency(() => new PoolProvider());
// #endregion resource

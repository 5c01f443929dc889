/** A stand-in for a database's pool: what `pg` or `mysql2` would give. */
export class AccountsPool {
  readonly url: string;
  readonly committed = new Map<string, number>();
  readonly log: string[] = [];
  isOpen = true;

  constructor(url: string) {
    this.url = url;
  }

  async acquire(): Promise<AccountsConnection> {
    this.log.push('acquire');
    return new AccountsConnection(this);
  }

  async ping(): Promise<void> {
    if (!this.isOpen) throw new Error('the pool is closed');
  }

  async end(): Promise<void> {
    this.isOpen = false;
  }
}

/** One connection of the pool. */
export class AccountsConnection {
  readonly #pool: AccountsPool;
  #written = new Map<string, number>();

  constructor(pool: AccountsPool) {
    this.#pool = pool;
  }

  async begin(): Promise<void> {
    this.#written = new Map(this.#pool.committed);
    this.#pool.log.push('begin');
  }

  async commit(): Promise<void> {
    for (const [account, balance] of this.#written) this.#pool.committed.set(account, balance);
    this.#pool.log.push('commit');
  }

  async rollback(): Promise<void> {
    this.#pool.log.push('rollback');
  }

  async add(account: string, amount: number): Promise<number> {
    const balance = (this.#written.get(account) ?? 0) + amount;
    this.#written.set(account, balance);
    return balance;
  }

  release(): void {
    this.#pool.log.push('release');
  }
}

// #region provider
import {
  configSection,
  type Dependency,
  dependency,
  DependencyProvider,
  type WorkerContext,
  type WorkerOutcome,
} from 'mycel';
import { z } from 'zod';
import { type AccountsConnection, AccountsPool } from './accounts-pool.ts';

const databaseSection = configSection({
  key: 'database',
  description: 'Where accounts are kept.',
  schema: z.strictObject({ url: z.string().default('db://127.0.0.1/accounts') }),
});

/** Gives each worker a transaction of its own: committed if the method returns, rolled back if it throws. */
class SessionProvider extends DependencyProvider<AccountsConnection> {
  override readonly kind = 'accounts_session';
  override readonly configSections = [databaseSection];
  readonly #sessions = new WeakMap<WorkerContext, AccountsConnection>();
  #pool: AccountsPool | undefined;

  override setup(): void {
    this.#pool = new AccountsPool(this.host.options(databaseSection).url);
  }

  async getDependency(context: WorkerContext): Promise<AccountsConnection> {
    if (!this.#pool) throw new Error('the session is used before its setup');
    const session = await this.#pool.acquire();
    this.#sessions.set(context, session);
    return session;
  }

  override async workerSetup(context: WorkerContext): Promise<void> {
    await this.#sessions.get(context)?.begin();
  }

  override async workerResult(context: WorkerContext, outcome: WorkerOutcome): Promise<void> {
    if (outcome.ok) await this.#sessions.get(context)?.commit();
    else await this.#sessions.get(context)?.rollback();
  }

  override workerTeardown(context: WorkerContext): void {
    this.#sessions.get(context)?.release();
  }

  override async stop(): Promise<void> {
    await this.#pool?.end();
  }

  override kill(): Promise<void> {
    return this.stop(); // in place of stop, if the start fails or the service dies
  }

  override async health(): Promise<void> {
    await this.#pool?.ping(); // what it throws is the reason why the process is not ready
  }
}

export const accountsSession = (): Dependency<AccountsConnection> => dependency(() => new SessionProvider());
// #endregion provider

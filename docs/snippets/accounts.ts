import { rpc, service } from 'mycel';
import { accountsSession } from './accounts-session.ts';

// #region service
@service('accounts')
export class AccountsService {
  accounts = accountsSession();

  @rpc async deposit(account: string, amount: number): Promise<number> {
    const balance = await this.accounts.add(account, amount);
    if (balance < 0) throw new Error(`account ${account} would be overdrawn`); // rolled back
    return balance;
  }
}
// #endregion service

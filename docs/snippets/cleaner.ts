import { service, timer } from 'mycel';
import { shelf } from './shelf.ts';

export const audits: number[] = [];

// #region timer
@service('cleaner')
export class CleanerService {
  shelf = shelf();

  @timer({ interval: '1h', eager: true })
  async audit(): Promise<void> {
    audits.push(await this.shelf.countAll(AbortSignal.timeout(10_000)));
  }
}
// #endregion timer

import { eventDispatcher, service } from 'mycel';
import { datagram } from './datagrams.ts';

export const counts = new Map<string, number>();
export const countersPort = 28_125;

// #region service
@service('counters')
export class CountersService {
  dispatch = eventDispatcher();

  @datagram(countersPort)
  async count(name: string): Promise<void> {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    await this.dispatch('counted', { name });
  }
}
// #endregion service

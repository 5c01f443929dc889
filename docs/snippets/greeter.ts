// #region service
import { rpc, service } from 'mycel';

@service('greeter')
export class Greeter {
  @rpc greet(name: string): string {
    return `Hello, ${name}`;
  }
}
// #endregion service

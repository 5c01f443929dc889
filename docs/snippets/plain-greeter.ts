// #region define
import { defineService, eventHandler, rpc } from 'mycel';

export class PlainGreeter {
  greet(name: string): string {
    return `Hello, ${name}`;
  }

  onSignup({ name }: { name: string }): void {
    console.log(this.greet(name));
  }
}

export const greeter = defineService(PlainGreeter, 'plain_greeter', {
  greet: rpc(),
  onSignup: eventHandler('accounts', 'signed_up'),
});
// #endregion define

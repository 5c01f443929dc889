import { eventDispatcher, eventHandler, http, type HttpRequest, rpc, service } from 'mycel';

@service('greeter')
export class Greeter {
  dispatch = eventDispatcher();

  /** Other services call this: `greeter = rpcProxy<Greeter>('greeter')`, then `await this.greeter.hello('Ada')`. */
  @rpc async hello(name: string): Promise<string> {
    await this.dispatch('greeted', { name });
    return `Hello, ${name}!`;
  }

  @http('GET', '/hello/<string:name>')
  async greet(_request: HttpRequest, { name }: { name: string }) {
    return { greeting: await this.hello(name) };
  }

  @eventHandler('greeter', 'greeted')
  onGreeted({ name }: { name: string }): void {
    console.log(`${name} was greeted`);
  }
}

/** Two services for the tests of commands that talk to services. */
export const shellServicesTs = `
import { eventHandler, eventDispatcher, remoteError, rpc, rpcProxy, service, workerContext } from 'mycel';
import { z } from 'zod';

class TooBig extends remoteError('math.TooBig', z.object({ limit: z.number() })) {}

@service('math_service')
export class MathService {
  context = workerContext();
  @rpc add(x: number, y: number): number { return x + y; }
  @rpc divide(x: number, y: number): number {
    if (y === 0) throw new RangeError('division by zero');
    return x / y;
  }
  @rpc limited(): never { throw new TooBig('too big', { limit: 5 }); }
  @rpc({ params: [z.int()] }) half(n: number): number { return n / 2; }
  @rpc hang(): Promise<never> {
    console.log('hanging');
    return new Promise((_, reject) => this.context.signal.addEventListener('abort', () => reject(new Error('given up'))));
  }
  @eventHandler('reporting_service', 'asked') log(): void {}
}

@service('reporting_service')
export class ReportingService {
  math = rpcProxy<MathService>('math_service');
  dispatch = eventDispatcher();
  @rpc async generate_report(a: number, b: number): Promise<{ sum: number; at: Date }> {
    return { sum: await this.math.add(a, b), at: new Date(0) };
  }
}
`;

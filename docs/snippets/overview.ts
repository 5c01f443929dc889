// #region overview
import { eventDispatcher, eventHandler, http, type HttpRequest, rpc, rpcProxy, service } from 'mycel';

@service('math_service')
export class MathService {
  @rpc add(x: number, y: number): number {
    return x + y;
  }

  @eventHandler('reporting_service', 'calculation_requested')
  logCalculation({ operands }: { operands: number[] }): void {
    console.log(`the sum of ${operands.join(' and ')} was requested`);
  }
}

@service('reporting_service')
export class ReportingService {
  math = rpcProxy<MathService>('math_service'); // `import type` is enough, if it stands elsewhere
  dispatch = eventDispatcher();

  @http('GET', '/math/add/<int:x>/<int:y>')
  async add(_request: HttpRequest, { x, y }: { x: number; y: number }) {
    await this.dispatch('calculation_requested', { operands: [x, y] });
    return { result: await this.math.add(x, y) };
  }
}
// #endregion overview

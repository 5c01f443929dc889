import { eventDispatcher, http, type HttpRequest, rpc, rpcProxy, service } from 'mycel';
import type { MathService } from './math-service.ts';

export interface Report {
  a: number;
  b: number;
  sum: number;
  product: number;
}

interface Operands {
  x: number;
  y: number;
}

@service('reporting_service')
export class ReportingService {
  math = rpcProxy<MathService>('math_service');
  dispatch = eventDispatcher();

  @http('GET', '/math/add/<int:x>/<int:y>')
  async add(_request: HttpRequest, { x, y }: Operands): Promise<{ result: number }> {
    await this.dispatch('calculation_requested', { operation: 'add', operands: [x, y] });
    return { result: await this.math.add(x, y) };
  }

  @http('GET', '/math/multiply/<int:x>/<int:y>')
  async multiply(_request: HttpRequest, { x, y }: Operands): Promise<{ result: number }> {
    await this.dispatch('calculation_requested', { operation: 'multiply', operands: [x, y] });
    return { result: await this.math.multiply(x, y) };
  }

  @rpc
  async generate_report(a: number, b: number): Promise<Report> {
    const [sum, product] = await Promise.all([this.math.add(a, b), this.math.multiply(a, b)]);
    const report = { a, b, sum, product };
    await this.dispatch('report_generated', report);
    return report;
  }
}

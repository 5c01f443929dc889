import { eventHandler, rpc, service } from 'mycel';

/** What `reporting_service` tells the others when a calculation was asked for. */
export interface CalculationRequested {
  operation: 'add' | 'multiply';
  operands: number[];
}

@service('math_service')
export class MathService {
  @rpc
  add(x: number, y: number): number {
    return x + y;
  }

  @rpc
  multiply(x: number, y: number): number {
    return x * y;
  }

  @eventHandler('reporting_service', 'calculation_requested')
  logCalculation({ operation, operands }: CalculationRequested): void {
    process.stdout.write(`math_service: ${operation} of ${operands.join(' and ')} was requested\n`);
  }
}

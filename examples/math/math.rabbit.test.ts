import { createLogger, connect, type ServiceRunner, runServices, service, eventHandler } from 'mycel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../tests/support/free-ports.ts';
import { type FreshVhost, freshVhost } from '../../tests/support/rabbit.ts';
import { MathService, type CalculationRequested } from './math-service.ts';
import { type Report, ReportingService } from './reporting-service.ts';

const requested: CalculationRequested[] = [];
const reports: Report[] = [];

@service('archive')
class Archive {
  @eventHandler('reporting_service', 'calculation_requested')
  onCalculation(event: CalculationRequested): void {
    requested.push(event);
  }

  @eventHandler('reporting_service', 'report_generated')
  onReport(report: Report): void {
    reports.push(report);
  }
}

let rabbit: FreshVhost;
let runner: ServiceRunner;
let address: string;

beforeAll(async () => {
  rabbit = await freshVhost();
  const [port = 0] = await freePorts(1);
  address = `127.0.0.1:${port}`;
  const config = { amqp: { uri: rabbit.uri }, web: { address } };
  const logger = await createLogger({ level: 'silent' });
  runner = await runServices([MathService, ReportingService, Archive], { config, logger });
});

afterAll(async () => {
  await runner.stop();
  await rabbit[Symbol.asyncDispose]();
});

describe('the math services', () => {
  it.each([
    ['add', 15],
    ['multiply', 50],
  ] as const)('%s over HTTP, by way of an event and an rpc', async (operation, result) => {
    const response = await fetch(`http://${address}/math/${operation}/10/5`);
    expect(await response.json()).toEqual({ result });
    await expect.poll(() => requested).toContainEqual({ operation, operands: [10, 5] });
  });

  it('generate a report for a caller from outside, and tell the others', async () => {
    await using client = await connect(rabbit.uri);
    const report = await client.rpc(ReportingService).generate_report(4, 6);
    expect(report).toEqual({ a: 4, b: 6, sum: 10, product: 24 });
    await expect.poll(() => reports).toEqual([report]);
  });
});

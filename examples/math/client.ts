// Calls the services from outside of any service: node --import tsx examples/math/client.ts
import { connect } from 'mycel';
import type { MathService } from './math-service.ts';
import type { ReportingService } from './reporting-service.ts';

const bus = await connect();
try {
  const math = bus.rpc<MathService>('math_service');
  const reporting = bus.rpc<ReportingService>('reporting_service');
  process.stdout.write(`100 + 200 = ${await math.add(100, 200)}\n`);
  process.stdout.write(`report: ${JSON.stringify(await reporting.generate_report(4, 6))}\n`);
} finally {
  await bus.close();
}

export { MathService } from './math-service.ts';
export { ReportingService } from './reporting-service.ts';

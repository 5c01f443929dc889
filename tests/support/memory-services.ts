import { onTestFinished } from 'vitest';
import type { Config } from '../../packages/mycel/src/foundation/config-section.ts';
import { defaultConfig } from '../../packages/mycel/src/foundation/config-section.ts';
import { ServiceRunner, type RunnerOptions } from '../../packages/mycel/src/core/runner.ts';
import type { ServiceClass, ServiceDefinition } from '../../packages/mycel/src/core/service-definition.ts';
import { type CallOrigin, RpcCaller, standaloneOrigin } from '../../packages/mycel/src/rpc/rpc-caller.ts';
import { MemoryBroker } from '../../packages/mycel/src/testing/memory-broker.ts';
import { MemoryTransport } from '../../packages/mycel/src/testing/memory-transport.ts';
import { transportResource } from '../../packages/mycel/src/transport/transport-resource.ts';
import { type LogRecord, recordingLogger } from './recording-logger.ts';

/** How {@link startServices} runs them. */
export interface MemoryServicesOptions extends Omit<RunnerOptions, 'resources' | 'logger'> {
  /** @default a new one */
  readonly broker?: MemoryBroker;
  /** Values by section, for those that should differ from their defaults. */
  readonly sections?: Readonly<Record<string, unknown>>;
  /** Where the calls of {@link MemoryServices.caller} come from. @default a program that is no service */
  readonly origin?: CallOrigin;
  /** Let calls and services see each other as foreign peers do. @default false */
  readonly foreign?: boolean;
}

/** Services that run on a transport in memory until the test ends. */
export interface MemoryServices {
  readonly runner: ServiceRunner;
  readonly broker: MemoryBroker;
  /** The transport of the test itself: another one than that of the services. */
  readonly transport: MemoryTransport;
  readonly caller: RpcCaller;
  readonly logs: LogRecord[];
}

/** Starts services for one test. */
export async function startServices(
  services: Iterable<ServiceClass | ServiceDefinition>,
  options: MemoryServicesOptions = {},
): Promise<MemoryServices> {
  const { broker = new MemoryBroker(), sections = {}, origin = standaloneOrigin(), foreign = false, ...rest } = options;
  const logs: LogRecord[] = [];
  const logger = recordingLogger(logs);
  const own = new MemoryTransport({ broker, foreign });
  const runner = new ServiceRunner(services, {
    config: configOf(sections),
    ...rest,
    logger,
    resources: [transportResource(own)],
  });
  const transport = new MemoryTransport({ broker });
  onTestFinished(async () => {
    await transport.close();
    await runner.stop();
  });
  await runner.start();
  const caller = new RpcCaller({ transport: transport.rpc, timeoutMs: 10_000, origin });
  return { runner, broker, transport, caller, logs };
}

/** Leaves the queue of a service behind, as an instance does that ran before. */
export async function leaveQueueOf(service: string, broker: MemoryBroker): Promise<void> {
  const transport = new MemoryTransport({ broker });
  await transport.rpc.serve(service, { prefetch: 1 }, async () => ({ kind: 'requeue' }));
  await transport.close();
}

function configOf(sections: Readonly<Record<string, unknown>>): Config {
  return { ...defaultConfig, section: ({ key, schema }) => schema.parse(sections[key] ?? {}) };
}

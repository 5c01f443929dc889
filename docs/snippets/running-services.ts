import { connect, createLogger, runServices, type ServiceRunner, type StandaloneClient } from 'mycel';
import { type LogRecord, recordingLogger } from '../../tests/support/recording-logger.ts';
import { MemoryBroker, MemoryTransport } from 'mycel/testing';

type Services = Parameters<typeof runServices>[0];
type RunOptions = NonNullable<Parameters<typeof runServices>[1]>;

/** Services of the guide that run in memory, and a client that stands outside of them. */
export interface RunningServices extends AsyncDisposable {
  readonly runner: ServiceRunner;
  readonly bus: StandaloneClient;
  readonly logged: readonly LogRecord[];
  /** Where the web server listens; undefined if there is none. */
  readonly url: string | undefined;
}

/** Starts services on a transport in memory; disposing stops them. */
export async function runInMemory(services: Services, options: RunOptions = {}): Promise<RunningServices> {
  const broker = new MemoryBroker();
  const logged: LogRecord[] = [];
  const transport = new MemoryTransport({ broker });
  const runner = await runServices(services, { transport, logger: recordingLogger(logged), ...options });
  const bus = await connect(new MemoryTransport({ broker }), { context: { language: 'de', tenant: 'acme' } });
  const dispose = async (): Promise<void> => {
    await bus.close();
    await runner.stop();
  };
  const [url] = logged.flatMap(({ message }) => /^web server listens at (.*)/.exec(message)?.[1] ?? []);
  return { runner, bus, logged, url, [Symbol.asyncDispose]: dispose };
}

/** Starts services on a given transport, without a word. */
export async function silently(services: Services, transport: MemoryTransport): Promise<ServiceRunner> {
  return runServices(services, { transport, logger: await createLogger({ level: 'silent' }) });
}

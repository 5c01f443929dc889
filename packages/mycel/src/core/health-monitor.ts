import { type Clock, systemClock } from '../foundation/clock.ts';
import { messageOf } from '../foundation/errors.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import { maskUris } from '../foundation/mask-secrets.ts';
import { HealthCheck, type HealthCheckLimits, type HealthSource } from './health-check.ts';
import type { ContainerState, RunnerState } from './life-cycle.ts';

/** A service as a {@link HealthMonitor} sees it. */
export interface MonitoredService {
  readonly serviceName: string;
  readonly instanceId: string;
  readonly state: ContainerState;
  /** What has to be asked while the service runs; the same objects each time. */
  readonly healthSources: readonly HealthSource[];
}

/** A process as a {@link HealthMonitor} sees it. */
export interface MonitoredProcess {
  readonly state: RunnerState;
  /** All its services have started; it stays so while they stop. */
  readonly hasStarted: boolean;
  /** What the process dies of, if it does. */
  readonly failure: { readonly error: unknown } | undefined;
  readonly services: readonly MonitoredService[];
  /** What the services share, as far as it is open; the same objects each time. */
  readonly healthSources: readonly HealthSource[];
  /** Why services wait for what they share, where it takes its time to open. @default nothing */
  readonly waitingFor?: readonly string[];
}

/** The report of something that has a name. */
export interface NamedHealthReport extends HealthReport {
  readonly name: string;
}

/** How one service is. */
export interface ServiceHealth {
  readonly service: string;
  readonly instance: string;
  readonly state: ContainerState;
  /** It runs, and all its checks are content. Told, as are the checks, where the question was whether the process is ready. */
  readonly ready?: boolean;
  /** Its entrypoints and dependencies that can tell how they are; empty unless it runs. */
  readonly checks?: readonly NamedHealthReport[];
}

/** The answer to one of the three questions, as plain JSON. */
export interface HealthAnswer {
  readonly ok: boolean;
  /** Of the whole process. */
  readonly state: RunnerState;
  /** What is wrong, one sentence each; empty if nothing is. */
  readonly reasons: readonly string[];
  readonly services: readonly ServiceHealth[];
  /** What the services share: the transport, say. Told where the question was whether the process is ready. */
  readonly shared?: readonly NamedHealthReport[];
}

/** How a monitor asks. */
export interface HealthMonitorOptions extends Partial<HealthCheckLimits> {
  /** @default the time of this machine */
  readonly clock?: Clock;
}

/**
 * Answers the three questions of a supervisor about the services of a process: is it alive, has it started, is it ready
 * for work? It may be asked at any time and as often as one likes.
 */
export class HealthMonitor {
  readonly #look: () => MonitoredProcess;
  readonly #limits: HealthCheckLimits;
  readonly #clock: Clock;
  readonly #checks = new WeakMap<HealthSource, HealthCheck>();

  /**
   * `look` shows the process as it is now. A check may take 2 s, and an answer that had to be waited for is kept for 1 s,
   * unless `options` say otherwise.
   */
  constructor(look: () => MonitoredProcess, options: HealthMonitorOptions = {}) {
    this.#look = look;
    this.#limits = { timeoutMs: options.timeoutMs ?? 2000, keptMs: options.keptMs ?? 1000 };
    this.#clock = options.clock ?? systemClock;
  }

  /** Tells whether the process can go on: no container has died. Brokers and databases that are away change nothing. */
  live(): HealthAnswer {
    const seen = this.#look();
    const { failure } = seen;
    return answerOf(seen, failure ? [maskUris(messageOf(failure.error))] : []);
  }

  /** Tells whether all services have started, now or earlier. */
  startup(): HealthAnswer {
    const seen = this.#look();
    const waiting = seen.services.filter(({ state }) => state !== 'running');
    const reasons = waiting.map(({ serviceName, state }) => `${serviceName} is ${state}`);
    if (seen.hasStarted) return answerOf(seen, []);
    return answerOf(seen, ['the services have not all started yet', ...waitsOf(seen), ...reasons]);
  }

  /** Tells whether the process should be given work: all services run, and every check is content. Never rejects. */
  async ready(): Promise<HealthAnswer> {
    const seen = this.#look();
    const [services, shared] = await Promise.all([
      Promise.all(seen.services.map((service) => this.#ask(service))),
      this.#askAll(seen.healthSources),
    ]);
    // What runs now counts: a stop may have begun while the checks were asked.
    const { state } = this.#look();
    const reasons = [
      ...(state === 'running' ? [] : [`the process is ${state}`]),
      ...waitsOf(seen),
      ...shared.filter(({ ready }) => !ready).map((report) => sentence(report)),
      ...services.flatMap((service) => reasonsOf(service)),
    ];
    return { ok: reasons.length === 0, state, reasons, services, shared };
  }

  async #ask(service: MonitoredService): Promise<ServiceHealth> {
    const checks = service.state === 'running' ? await this.#askAll(service.healthSources) : [];
    const told = stateOf(service);
    return { ...told, ready: told.state === 'running' && checks.every(({ ready }) => ready), checks };
  }

  #askAll(sources: readonly HealthSource[]): Promise<NamedHealthReport[]> {
    return Promise.all(
      sources.map(async (source) => {
        let check = this.#checks.get(source);
        if (!check) this.#checks.set(source, (check = new HealthCheck(source, this.#limits, this.#clock)));
        return { name: source.name, ...masked(await check.report()) };
      }),
    );
  }
}

function answerOf({ state, services }: MonitoredProcess, reasons: readonly string[]): HealthAnswer {
  return { ok: reasons.length === 0, state, reasons, services: services.map((service) => stateOf(service)) };
}

function waitsOf({ waitingFor = [] }: MonitoredProcess): string[] {
  return waitingFor.map((reason) => maskUris(reason));
}

function stateOf({ serviceName, instanceId, state }: MonitoredService): ServiceHealth {
  return { service: serviceName, instance: instanceId, state };
}

function reasonsOf({ service, state, checks = [] }: ServiceHealth): string[] {
  if (state !== 'running') return [`${service} is ${state}`];
  return checks.filter(({ ready }) => !ready).map((report) => `${service}, ${sentence(report)}`);
}

function sentence({ name, state, reason }: NamedHealthReport): string {
  return `${name}: ${reason ?? state}`;
}

function masked({ reason, parts, ...report }: HealthReport): HealthReport {
  return {
    ...report,
    ...(reason === undefined ? {} : { reason: maskUris(reason) }),
    ...(parts ? { parts: Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, masked(part)])) } : {}),
  };
}

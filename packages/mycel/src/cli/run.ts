import { assemble, coreOptions } from '../app/assembly.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ServiceDefinition } from '../core/service-definition.ts';
import { messageOf } from '../foundation/errors.ts';
import { createLogger, resolveFormat } from '../foundation/pino-logger.ts';
import { announce } from './announcement.ts';
import type { ConfigCommandOptions } from './command.ts';
import { exitCode } from './exit-codes.ts';
import { loadServices } from './load-services.ts';
import { LifeLine } from './life-line.ts';
import { WatchParent } from './watch-parent.ts';

/** The options of `mycel run`, as commander gives them. */
export interface RunOptions extends ConfigCommandOptions {
  readonly verbose?: boolean;
  readonly logLevel?: string;
  readonly logFormat?: string;
}

/** `mycel run`: loads the modules, starts their services, and resolves with the exit code once they have stopped. */
export async function run(modules: readonly string[], options: RunOptions): Promise<number> {
  const lifeLine = new LifeLine();
  const parent = WatchParent.find();
  await parent?.turn();
  const config = await loadConfig({ file: options.config, define: definitions(options) });
  const core = coreOptions(config);
  const logger = await createLogger(core.log);
  lifeLine.logTo(logger, core.shutdown_grace);
  const services = await load(modules, parent);
  const assembly = assemble(services, { config, logger });
  lifeLine.hold(assembly.runner);
  try {
    await assembly.runner.start();
    announce(assembly, { logger, format: resolveFormat(core.log.format) });
  } catch (error) {
    if (lifeLine.isAskedToStop) return lifeLine.ended();
    throw error;
  }
  try {
    await assembly.runner.wait();
  } catch (error) {
    if (!lifeLine.isFailing)
      logger.error({ err: error }, `the services were stopped by a failure: ${messageOf(error)}`);
    return exitCode.failed;
  }
  return lifeLine.ended();
}

async function load(modules: readonly string[], parent: WatchParent | undefined): Promise<ServiceDefinition[]> {
  try {
    return await loadServices(modules);
  } finally {
    await parent?.tellLoaded();
  }
}

/** The options of the command line that are short for a definition. */
function definitions({ define, verbose, logLevel, logFormat }: RunOptions): string[] {
  const level = logLevel ?? (verbose ? 'debug' : undefined);
  return [
    ...define,
    ...(level === undefined ? [] : [`log.level=${level}`]),
    ...(logFormat === undefined ? [] : [`log.format=${logFormat}`]),
  ];
}

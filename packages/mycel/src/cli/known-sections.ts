import { builtInSections } from '../app/assembly.ts';
import { ConfigError } from '../config/config-error.ts';
import type { LayeredConfig } from '../config/layered-config.ts';
import { ServiceRunner } from '../core/runner.ts';
import type { ConfigSection } from '../foundation/config-section.ts';
import { loadServices } from './load-services.ts';

/** Finds the sections of a configuration: Mycel's own, and those that the services of the modules read. Starts nothing. */
export async function knownSections(modules: readonly string[]): Promise<readonly ConfigSection[]> {
  if (modules.length === 0) return builtInSections;
  const { containers } = new ServiceRunner(await loadServices(modules));
  return [...new Set([...builtInSections, ...containers.flatMap(({ configSections }) => configSections)])];
}

/**
 * Checks a configuration as a start would, and throws one `ConfigError` with every problem. If no module was named, a key
 * that none of the sections reads may belong to a service: those are returned, unless they look misspelt.
 */
export function checkSections(
  config: LayeredConfig,
  sections: readonly ConfigSection[],
  modules: readonly string[],
): readonly string[] {
  if (modules.length > 0) {
    config.check(sections);
    return [];
  }
  const strays = config.strayKeys(sections);
  const misspelt = strays.filter(({ isMisspelt }) => isMisspelt);
  const problems = [...config.problemsOf(sections), ...misspelt.map(({ problem }) => problem)];
  if (problems.length) throw new ConfigError(problems);
  return [...new Set(strays.map(({ key }) => key))];
}

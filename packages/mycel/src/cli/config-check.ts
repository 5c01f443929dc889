import { showLocation } from '../config/config-location.ts';
import { loadConfig } from '../config/load-config.ts';
import { exitCode } from './exit-codes.ts';
import { checkSections, knownSections } from './known-sections.ts';

/** `mycel config check`: says that a configuration is right, or rejects with everything that is wrong with it. */
export async function checkConfig(file: string, modules: readonly string[]): Promise<number> {
  const config = await loadConfig({ file });
  const unread = checkSections(config, await knownSections(modules), modules);
  const rest = unread.length
    ? ` (not checked, as only a service can read it: ${unread.join(', ')}; name its module)`
    : '';
  process.stdout.write(`${showLocation(file)}: ok${rest}\n`);
  return exitCode.ok;
}

import { configJsonSchema } from '../config/config-json-schema.ts';
import { exitCode } from './exit-codes.ts';
import { knownSections } from './known-sections.ts';

/** `mycel config schema`: writes the JSON Schema of a configuration for Mycel and the services of the modules. */
export async function writeSchema(modules: readonly string[]): Promise<number> {
  process.stdout.write(`${JSON.stringify(configJsonSchema(await knownSections(modules)), null, 2)}\n`);
  return exitCode.ok;
}

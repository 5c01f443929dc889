import { builtInSections } from '../app/assembly.ts';
import type { LayeredConfig } from '../config/layered-config.ts';
import { loadConfig } from '../config/load-config.ts';
import { optionPaths } from '../config/schema-shape.ts';
import type { ConfigSection } from '../foundation/config-section.ts';
import { isSecretName, maskSecrets } from '../foundation/mask-secrets.ts';
import type { ConfigCommandOptions } from './command.ts';
import { exitCode } from './exit-codes.ts';

/** `mycel show-config`: prints every option of Mycel's own sections with its value and where that comes from. */
export async function showConfig({ config: file, define }: ConfigCommandOptions): Promise<number> {
  const config = await loadConfig({ file, define });
  const lines = builtInSections.flatMap((section) => describeSection(config, section));
  process.stdout.write(`${lines.join('\n')}\n`);
  return exitCode.ok;
}

function describeSection(config: LayeredConfig, section: ConfigSection): string[] {
  const values = config.section(section);
  const lines = section.key ? [`${section.key}:  # ${section.description}`] : [];
  for (const path of optionPaths(section.schema)) {
    const value = path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], values);
    if (
      value === undefined ||
      (typeof value === 'object' && value !== null && path.length === 1 && hasOptionsInside(section, path))
    )
      continue;
    const shown = isSecretName(path.at(-1) ?? '') ? '***' : JSON.stringify(maskSecrets(value));
    const indent = section.key ? '  ' : '';
    lines.push(`${indent}${path.join('.')}: ${shown}  # ${config.originOf(section, path) ?? 'default'}`);
  }
  return lines;
}

function hasOptionsInside(section: ConfigSection, path: readonly string[]): boolean {
  return [...optionPaths(section.schema)].some(
    (other) => other.length > path.length && path.every((key, at) => other[at] === key),
  );
}

import type { ConfigSection } from '../foundation/config-section.ts';
import { maskSecrets } from '../foundation/mask-secrets.ts';
import type { LayeredConfig } from './layered-config.ts';
import type { Origin } from './origin.ts';
import { shapeOf } from './schema-shape.ts';

/** One option as services see it, for people. */
export interface EffectiveOption {
  /** From the top of the configuration: `['web', 'address']`. */
  readonly path: readonly string[];
  /** Plain data; secrets are masked by their name, and the passwords of URIs wherever they stand. */
  readonly value: unknown;
  /** `undefined` if it has its default. */
  readonly origin: Origin | undefined;
}

/**
 * Lists the options of a section that have a value, those of maps one by one, since each may come from elsewhere.
 * Throws a `ConfigError` if the section has a mistake.
 */
export function effectiveOptions(config: LayeredConfig, section: ConfigSection): EffectiveOption[] {
  // At the top level stand the other sections too: only the core's own options are its values.
  return [...leaves(section, config.section(section), [])].map(({ path, value }) => ({
    path: [...(section.key ? [section.key] : []), ...path],
    value: presentable(path.at(-1) ?? '', value),
    origin: config.originOf(section, path),
  }));
}

function* leaves(
  section: ConfigSection,
  value: unknown,
  path: readonly string[],
): Iterable<{ path: readonly string[]; value: unknown }> {
  if (value === undefined) return;
  const entries = isPlainObject(value) ? Object.entries(value) : [];
  const isEmptySection = path.length === 0 && shapeOf(section.schema) !== undefined;
  if (entries.length === 0) {
    if (!isEmptySection) yield { path, value };
  } else for (const [key, child] of entries) yield* leaves(section, child, [...path, key]);
}

/** Masks a value under its name, and makes plain data of what JSON has no word for. */
function presentable(name: string, value: unknown): unknown {
  const { [name]: masked } = maskSecrets({ [name]: value }) as Record<string, unknown>;
  const text = JSON.stringify(masked, (_key, item: unknown) => (typeof item === 'bigint' ? String(item) : item));
  return text === undefined ? String(masked) : (JSON.parse(text) as unknown);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

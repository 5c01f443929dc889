import type { ZodType } from 'zod';
import { dependency, type Dependency } from '../core/dependency.ts';
import { DependencyProvider } from '../core/dependency-provider.ts';
import type { ConfigSection } from '../foundation/config-section.ts';
import { UsageError } from '../foundation/errors.ts';

/** Provides the options of one section, checked when the service starts, the same frozen object for every worker. */
class ConfigProvider<T> extends DependencyProvider<T> {
  override readonly kind = 'config';
  override readonly configSections: readonly ConfigSection[];
  readonly #section: ConfigSection<T>;
  #options: { readonly value: T } | undefined;

  constructor(section: ConfigSection<T>) {
    super();
    this.#section = section;
    this.configSections = [section];
  }

  override setup(): void {
    this.#options = { value: this.host.options(this.#section) };
  }

  override getDependency(): T {
    if (!this.#options)
      throw new UsageError(`the configuration section '${this.#section.key}' was used before the service was set up`);
    return this.#options.value;
  }

  override describe(): Record<string, unknown> {
    return { section: this.#section.key, description: this.#section.description };
  }
}

/** Declares a section of the configuration, with its schema: a zod object whose fields carry defaults and descriptions. */
export function configSection<T>(section: ConfigSection<T>): ConfigSection<T> {
  if (!/^[A-Za-z_][\w-]*$/.test(section.key)) {
    throw new UsageError(
      `${JSON.stringify(section.key)} cannot be the key of a configuration section; use a word such as 'shop'`,
    );
  }
  return Object.freeze({ ...section });
}

/**
 * Gives workers a section of the configuration: `shop = config('shop', z.object({ currency: z.string() }))`, or
 * `config(section)` for one made by {@link configSection}. Wrong or missing options fail the start, not the first call.
 */
export function config<T extends object>(section: ConfigSection<T>): Dependency<T, Partial<T>>;
export function config<T extends object>(key: string, schema: ZodType<T>): Dependency<T, Partial<T>>;
export function config<T extends object>(
  keyOrSection: string | ConfigSection<T>,
  schema?: ZodType<T>,
): Dependency<T, Partial<T>> {
  const section = typeof keyOrSection === 'string' ? sectionFor(keyOrSection, schema) : keyOrSection;
  return dependency<T, Partial<T>>(() => new ConfigProvider(section));
}

function sectionFor<T>(key: string, schema: ZodType<T> | undefined): ConfigSection<T> {
  if (!schema) throw new UsageError(`config('${key}'): give a zod schema as second argument`);
  return configSection({ key, description: schema.description ?? `Options of '${key}'.`, schema });
}

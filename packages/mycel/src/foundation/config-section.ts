import type { ZodType } from 'zod';
import { UsageError } from './errors.ts';
import { describeProblems, joinPath } from './schema.ts';

/**
 * The options one extension (or one user's dependency) reads from the configuration, under one top-level key.
 *
 * `schema` is a zod object whose fields carry `.default(...)` and `.describe(...)`: they are the documentation, the
 * check and the JSON Schema at once.
 */
export interface ConfigSection<T = unknown> {
  /** The top-level key, such as `amqp` or `web`. */
  readonly key: string;
  /** One sentence for people. */
  readonly description: string;
  readonly schema: ZodType<T>;
  /** Other top-level names, also read from the environment, that set one option: `{ AMQP_URI: 'uri' }`. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** The configuration of a process, as extensions see it: each asks for its own section. */
export interface Config {
  /** Returns the section's options, defaults filled in. Throws a `ConfigError` that lists every problem with its origin. */
  section<T>(section: ConfigSection<T>): T;
  /** Throws a `ConfigError` for each top-level key that none of `sections` owns, naming the nearest one. */
  check(sections: Iterable<ConfigSection>): void;
}

/** A configuration in which every option has its default. Throws a `UsageError` for options that have none. */
export const defaultConfig: Config = {
  section: ({ key, schema }) => {
    const parsed = schema.safeParse({});
    if (parsed.success) return parsed.data;
    const problems = parsed.error.issues.map(({ path, message }) => ({ path: joinPath(key, path), message }));
    throw new UsageError(
      `no configuration was given, and not every option has a default: ${describeProblems(problems)}`,
    );
  },
  check: () => {},
};

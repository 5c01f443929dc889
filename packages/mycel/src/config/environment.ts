import type { ConfigSection } from '../foundation/config-section.ts';
import { nearest } from '../foundation/nearest.ts';
import type { ConfigProblem } from './config-error.ts';
import { merge, nest, nodeOf, type ConfigNode, type ScalarNode } from './config-node.ts';
import { nativeValue } from './native-value.ts';
import type { Origin } from './origin.ts';
import { optionPaths } from './schema-shape.ts';

/** The variables of a process, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable that sets an option: `MYCEL_WEB_BODY_LIMIT` for `body_limit` of `web`, `MYCEL_MAX_WORKERS` for a top-level one. */
export function variableFor(sectionKey: string, path: readonly string[]): string {
  const words = ['MYCEL', ...(sectionKey ? [sectionKey] : []), ...path];
  return words.join('_').replaceAll(/\W/g, '_').toUpperCase();
}

/** Collects what the environment says of a section. A variable that is empty counts as not set. */
export function readEnvironment(section: ConfigSection, environment: Environment): ConfigNode | undefined {
  let found: ConfigNode | undefined;
  const take = (variable: string, path: readonly string[]): void => {
    const text = environment[variable];
    if (text) found = merge(found, nest(path, typedText(text, { kind: 'environment', variable })));
  };
  for (const [alias, option] of Object.entries(section.aliases ?? {})) take(alias, option.split('.'));
  for (const path of optionPaths(section.schema)) take(variableFor(section.key, path), path);
  return found;
}

/** Reports variables that begin like those of a section but set nothing: they are misspelt. */
export function strayVariables(sections: readonly ConfigSection[], environment: Environment): ConfigProblem[] {
  const known = new Set(sections.flatMap(variablesOf));
  const prefixes = sections.filter(({ key }) => key).map(({ key }) => `${variableFor(key, [])}_`);
  return Object.keys(environment)
    .filter((variable) => !known.has(variable) && prefixes.some((prefix) => variable.startsWith(prefix)))
    .map((variable) => ({
      origin: { kind: 'environment', variable },
      path: '',
      message: `sets no option; did you mean ${nearest(variable, known, 1)[0] ?? 'something else'}?`,
    }));
}

function variablesOf(section: ConfigSection): string[] {
  return [...optionPaths(section.schema)].map((path) => variableFor(section.key, path));
}

/** Gives text from outside a file the type it looks like, and keeps the text for options that want a string. */
export function typedText(text: string, origin: Origin): ConfigNode {
  const value = nativeValue(text);
  if (typeof value === 'object' && value !== null) return nodeOf(value, origin);
  return { kind: 'scalar', value, text, origin } satisfies ScalarNode;
}

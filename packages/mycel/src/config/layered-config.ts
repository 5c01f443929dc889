import type { Config, ConfigSection } from '../foundation/config-section.ts';
import { didYouMean } from '../foundation/nearest.ts';
import { joinPath } from '../foundation/schema.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { broken, emptyMap, find, merge, nest, valueOf, type ConfigNode, type MapNode } from './config-node.ts';
import { readEnvironment, strayVariables, variableFor, type Environment } from './environment.ts';
import { describeOrigin, type Origin } from './origin.ts';
import { shapeOf } from './schema-shape.ts';
import { describeIssue, sharpen } from './schema-problems.ts';
import { unknownOptions } from './unknown-options.ts';

/** Where the values of a configuration come from, lowest rank first. */
export interface ConfigLayers {
  readonly file?: MapNode;
  readonly environment?: Environment;
  /** What a program hands over in place of a file, or over one. */
  readonly program?: ConfigNode;
  readonly definitions?: ConfigNode;
}

/** A top-level key that no section reads. */
export interface StrayKey {
  readonly key: string;
  /** It is like the name of a section. */
  readonly isMisspelt: boolean;
  readonly problem: ConfigProblem;
}

type Reading = { readonly value: unknown } | { readonly problems: readonly ConfigProblem[] };

/** The configuration of a process, laid together from its sources when a section is first asked for. */
export class LayeredConfig implements Config {
  readonly #file: ConfigNode;
  readonly #environment: Environment;
  readonly #above: readonly ConfigNode[];
  readonly #readings = new Map<ConfigSection, Reading>();

  constructor({ file = emptyMap, environment = {}, program = emptyMap, definitions = emptyMap }: ConfigLayers) {
    this.#file = file;
    this.#environment = environment;
    this.#above = [program, definitions];
  }

  section<T>(section: ConfigSection<T>): T {
    const reading = this.#read(section);
    if ('problems' in reading) throw new ConfigError(reading.problems);
    // The section's own schema made it.
    return reading.value as T;
  }

  /** Throws one `ConfigError` with every problem: of the given sections, and of keys and variables that none of them knows. */
  check(sections: Iterable<ConfigSection>): void {
    const known = [...sections];
    const problems = [...this.problemsOf(known), ...this.strayKeys(known).map(({ problem }) => problem)];
    if (problems.length) throw new ConfigError(withoutRepeats(problems));
  }

  /** Lists what is wrong with the options of the sections, and with the variables that are named like theirs. */
  problemsOf(sections: Iterable<ConfigSection>): ConfigProblem[] {
    const known = [...new Set(sections)];
    const problems = known.flatMap((section) => {
      const reading = this.#read(section);
      return 'problems' in reading ? reading.problems : [];
    });
    return withoutRepeats([...problems, ...strayVariables(known, this.#environment)]);
  }

  /** Lists the top-level keys that none of the sections reads. Those that begin with `x-` belong to the user, `$schema` to editors. */
  strayKeys(sections: Iterable<ConfigSection>): StrayKey[] {
    const known = new Set([...sections].flatMap(topLevelNames));
    const strays: StrayKey[] = [];
    for (const layer of [this.#file, ...this.#above]) {
      if (layer.kind !== 'map') continue;
      for (const [key, { keyOrigin }] of layer.entries) {
        if (known.has(key) || key.startsWith('x-') || key === '$schema') continue;
        const near = didYouMean(key, known);
        const hint = near || "; a key of your own needs a dependency that reads it, or a name that begins with 'x-'";
        const problem = { origin: keyOrigin, path: key, message: `nothing in these services reads this${hint}` };
        strays.push({ key, isMisspelt: near !== '', problem });
      }
    }
    return strays;
  }

  /** Tells where an option's value comes from; `undefined` if it has its default. */
  originOf(section: ConfigSection, path: readonly string[]): Origin | undefined {
    const { node, complete } = find(this.#merged(section, []), path);
    // What a schema made of one value has the origin of that value.
    return node && (complete || node.kind !== 'map') ? node.origin : undefined;
  }

  #read(section: ConfigSection): Reading {
    let reading = this.#readings.get(section);
    if (!reading) {
      reading = this.#parse(section);
      this.#readings.set(section, reading);
    }
    return reading;
  }

  #parse(section: ConfigSection): Reading {
    const problems: ConfigProblem[] = [];
    const node = this.#merged(section, problems);
    if (node) {
      const own = ownPart(section, node);
      for (const { path, node: scalar } of broken(own)) {
        problems.push({ origin: scalar.origin, path: joinPath(section.key, path), message: scalar.problem ?? '' });
      }
      problems.push(...unknownOptions(section.schema, own, section.key ? [section.key] : []));
    }
    const input = node && problems.length === 0 ? asWanted(section, node) : node;
    const result = section.schema.safeParse(input ? valueOf(input) : {});
    // A value that could not be read is reported as such, not once more for what stands in its place.
    const reported = new Set(problems.map(({ path }) => path));
    for (const issue of (result.error?.issues ?? []).flatMap((found) => [...sharpen(found)])) {
      const problem = describeIssue(issue, section.key, input);
      if (!reported.has(problem.path)) problems.push(withRemedy(problem, section, issue.path));
    }
    return problems.length || !result.success ? { problems } : { value: freeze(result.data) };
  }

  #merged(section: ConfigSection, problems: ConfigProblem[]): ConfigNode | undefined {
    const parts = [
      this.#partOf(this.#file, section, problems),
      readEnvironment(section, this.#environment),
      ...this.#above.map((layer) => this.#partOf(layer, section, problems)),
    ];
    return parts.reduce(merge, undefined);
  }

  /** Takes out of a layer what belongs to a section: under its key, and under its aliases at the top. */
  #partOf(layer: ConfigNode, section: ConfigSection, problems: ConfigProblem[]): ConfigNode | undefined {
    const own = section.key ? find(layer, [section.key]) : { node: layer, complete: true };
    let part = own.complete ? own.node : undefined;
    if (part?.kind === 'scalar' && part.value === null && !part.problem) part = undefined; // `amqp:` with nothing behind it
    for (const [alias, option] of Object.entries(section.aliases ?? {})) {
      const aliased = find(layer, [alias]);
      if (!aliased.node || !aliased.complete) continue;
      const twin = find(part, option.split('.'));
      if (twin.complete && twin.node)
        problems.push(saidTwice(alias, aliased.node.origin, section, option, twin.node.origin));
      else part = merge(part, nest(option.split('.'), aliased.node));
    }
    return part;
  }
}

function topLevelNames({ key, schema, aliases = {} }: ConfigSection): string[] {
  return [...(key ? [key] : (shapeOf(schema)?.options.keys() ?? [])), ...Object.keys(aliases)];
}

/** The root section shares the top level with the others: only its own options concern it. */
function ownPart(section: ConfigSection, node: ConfigNode): ConfigNode {
  const options = section.key || node.kind !== 'map' ? undefined : shapeOf(section.schema)?.options;
  if (!options || node.kind !== 'map') return node;
  return { ...node, entries: new Map([...node.entries].filter(([key]) => options.has(key))) };
}

/** Puts the text back where a type was guessed from it and the schema wants a string: `password: ${PW}` with PW=1234. */
function asWanted(section: ConfigSection, node: ConfigNode): ConfigNode {
  let wanted = node;
  for (const issue of section.schema.safeParse(valueOf(node)).error?.issues ?? []) {
    const found = find(node, issue.path).node;
    if (issue.code !== 'invalid_type' || issue.expected !== 'string' || found?.kind !== 'scalar') continue;
    if (found.text === undefined) continue;
    const path = issue.path.map(String);
    wanted = merge(wanted, nest(path, { ...found, value: found.text })) ?? wanted;
  }
  return wanted;
}

function saidTwice(alias: string, at: Origin, section: ConfigSection, option: string, twin: Origin): ConfigProblem {
  const path = section.key ? `${section.key}.${option}` : option;
  return { origin: at, path: alias, message: `sets the same as ${path} (${describeOrigin(twin)}); keep one of them` };
}

/** Where nothing was written, says where it could be. */
function withRemedy(problem: ConfigProblem, section: ConfigSection, path: readonly PropertyKey[]): ConfigProblem {
  if (!problem.message.startsWith('required')) return problem;
  const variable = variableFor(section.key, path.map(String));
  const message = `${problem.message}; set it in the configuration file, by ${variable}, or by --define ${problem.path}=...`;
  return { ...problem, message };
}

function withoutRepeats(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const seen = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return [...seen.values()];
}

/** Makes plain data immutable, all the way down: every worker sees the same options. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return value;
  for (const child of Object.values(value)) freeze(child);
  return Object.freeze(value);
}

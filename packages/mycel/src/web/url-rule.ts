import { UsageError, messageOf } from '../foundation/errors.ts';
import { createConverter, escapeRegExp, type ConverterOptions, type RuleConverter } from './rule-converter.ts';

/** One parameter of a rule. */
interface RuleParameter {
  readonly name: string;
  /** Its name in the tree: `p0`, `p1`, ..., or `*`. */
  readonly key: string;
  readonly converter: RuleConverter;
}

/** A stretch of a rule: text, or a parameter. */
type RulePart = string | RuleParameter;

/** The values of a rule's parameters, by name. */
export type RuleValues = Readonly<Record<string, unknown>>;

/** The longest path a rule is tried on, by how many of its parameters' ends must be found by trying: bounds the work. */
const longestPaths = [Infinity, 1024, 256] as const;
const protectedSlash = '\uFFFF';

/**
 * A rule as werkzeug writes them: `/orders/<int:id>/files/<path:file>`. Compiled in two forms: `shape`, which the radix
 * tree looks up, and a regular expression for rules (and paths) that do not fit a tree.
 */
export class UrlRule {
  readonly text: string;
  /** The rule without its parameters' names: two rules with the same one match the same paths. */
  readonly canonical: string;
  /** The rule for find-my-way, its parameters named `p0`, `p1`, ..., or `undefined` if it cannot be written so. */
  readonly shape: string | undefined;
  /** It has no parameters. */
  readonly isStatic: boolean;
  readonly #parameters: readonly RuleParameter[];
  readonly #pattern: RegExp;
  readonly #weights: readonly number[];
  readonly #openEnds: number;

  constructor(text: string) {
    this.text = text;
    const parts = parseRule(text);
    this.#parameters = parts.filter((part) => typeof part !== 'string');
    this.isStatic = this.#parameters.length === 0;
    this.canonical = text
      .replace(/(<(?:[^<>]*:)?)[^<>:]*>/g, '$1>')
      .replaceAll(' ', '')
      .replaceAll('<string:', '<');
    this.#pattern = new RegExp(
      `^${parts.map((part) => (typeof part === 'string' ? escapeRegExp(part) : `(${part.converter.pattern})`)).join('')}$`,
    );
    const segments = splitSegments(parts);
    this.shape = treeShape(segments);
    this.#weights = segments.map(segmentWeight);
    this.#openEnds = countOpenEnds(segments);
    if (this.#openEnds >= longestPaths.length) {
      fail(
        text,
        'too many parameters whose ends depend on what follows; put a slash between them, or make some int or uuid',
      );
    }
  }

  /** Sorts rules: the more exact one first. */
  static compare(a: UrlRule, b: UrlRule): number {
    const length = Math.max(a.#weights.length, b.#weights.length);
    for (let i = 0; i < length; i++) {
      const difference = (a.#weights[i] ?? Infinity) - (b.#weights[i] ?? Infinity);
      if (difference) return difference;
    }
    return 0;
  }

  /** Converts what the tree found (`p0`, `p1`, ..., `*`), or returns `undefined` if a value does not fit. */
  fromTree(found: Readonly<Record<string, string | undefined>>): RuleValues | undefined {
    const values: Record<string, unknown> = {};
    for (const { name, converter, key } of this.#parameters) {
      const value = converter.convert(found[key] ?? '');
      if (value === undefined) return undefined;
      values[name] = value;
    }
    return values;
  }

  /** Matches a path by the regular expression. `path` is what {@link searchablePath} returned. */
  match(path: string): RuleValues | undefined {
    if (path.length > (longestPaths[this.#openEnds] ?? 0)) return undefined;
    const match = this.#pattern.exec(path);
    if (!match) return undefined;
    const values: Record<string, unknown> = {};
    for (const [i, { name, converter }] of this.#parameters.entries()) {
      const value = converter.convert((match[i + 1] ?? '').replaceAll(protectedSlash, '/'));
      if (value === undefined) return undefined;
      values[name] = value;
    }
    return values;
  }
}

/** Decodes a path for {@link UrlRule.match}: an encoded slash does not separate. Throws a `URIError` for a broken encoding. */
export function searchablePath(path: string): string {
  if (!path.includes('%')) return path;
  return path
    .split('/')
    .map((segment) => decodeURIComponent(segment).replaceAll('/', protectedSlash))
    .join('/');
}

function parseRule(rule: string): RulePart[] {
  if (!rule.startsWith('/')) fail(rule, "a rule begins with '/'");
  const parts: RulePart[] = [];
  const names = new Set<string>();
  for (const [piece, placeholder, text] of rule.matchAll(/<([^<>]*)>|([^<>]+)|[<>]/g)) {
    if (text !== undefined) parts.push(checkText(rule, text));
    else if (placeholder === undefined)
      fail(rule, `'${piece}' stands alone; a parameter is written <name> or <converter:name>`);
    else {
      const parameter = parseParameter(rule, placeholder, names.size);
      if (names.has(parameter.name)) fail(rule, `the parameter '${parameter.name}' is there twice`);
      if (typeof parts.at(-1) === 'object') fail(rule, 'two parameters stand side by side; put text between them');
      names.add(parameter.name);
      parts.push(parameter);
    }
  }
  return parts;
}

function checkText(rule: string, text: string): string {
  if (/[?#]/.test(text))
    fail(rule, "'?' and '#' end a path and cannot stand in a rule; a query is read from request.query");
  if (text.includes('//')) fail(rule, 'it has two slashes in a row');
  return text;
}

function parseParameter(rule: string, placeholder: string, index: number): RuleParameter {
  const [, converterName = 'default', options = '', name = ''] =
    /^(?:\s*(\w+)\s*(?:\((.*)\))?\s*:)?\s*([A-Za-z_]\w*)\s*$/.exec(placeholder) ?? [];
  if (!name)
    fail(rule, `<${placeholder}> is no parameter; write <name>, <converter:name> or <converter(option=1):name>`);
  try {
    const converter = createConverter(converterName, parseOptions(options));
    return { name, key: converter.spansSegments ? '*' : `p${index}`, converter };
  } catch (error) {
    return fail(rule, `<${placeholder}>: ${messageOf(error)}`);
  }
}

function parseOptions(text: string): ConverterOptions {
  const positional: string[] = [];
  const named = new Map<string, string>();
  for (const [, name, quoted, plain] of text.matchAll(
    /\s*(?:(\w+)\s*=\s*)?(?:["']([^"']*)["']|([^,"']+))\s*(?:,|$)/g,
  )) {
    const value = quoted ?? plain?.trim() ?? '';
    if (name === undefined) positional.push(value);
    else named.set(name, value);
  }
  return { positional, named };
}

/** Groups a rule's parts by the slashes in its text. */
function splitSegments(parts: readonly RulePart[]): RulePart[][] {
  const segments: RulePart[][] = [[]];
  for (const part of parts) {
    const [first = '', ...rest] = typeof part === 'string' ? part.split('/') : [part];
    if (first !== '') segments.at(-1)?.push(first);
    for (const text of rest) segments.push(text === '' ? [] : [text]);
  }
  return segments.slice(1); // what stands before the leading slash
}

function treeShape(segments: readonly RulePart[][]): string | undefined {
  let shape = '';
  for (const [i, segment] of segments.entries()) {
    const [part = '', ...more] = segment;
    if (more.length) return undefined;
    if (typeof part === 'string') {
      if (part.includes('*')) return undefined;
      shape += `/${part.replaceAll(':', '::')}`;
    } else if (!part.converter.spansSegments) shape += `/:${part.key}`;
    else if (i === segments.length - 1) shape += '/*';
    else return undefined;
  }
  return shape;
}

function segmentWeight(segment: readonly RulePart[]): number {
  const weights = segment.map((part) => (typeof part === 'string' ? 0 : part.converter.weight));
  return segment.length > 1 ? Math.max(...weights) - 1 : (weights[0] ?? 0);
}

function countOpenEnds(segments: readonly RulePart[][]): number {
  let ends = 0;
  for (const [i, segment] of segments.entries()) {
    const open = segment.filter((part) => typeof part !== 'string').filter(({ converter }) => converter.isOpen);
    const isPathInside = i < segments.length - 1 && open.some(({ converter }) => converter.spansSegments);
    ends += Math.max(0, open.length - 1) + (isPathInside ? 1 : 0);
  }
  return ends;
}

function fail(rule: string, problem: string): never {
  throw new UsageError(`'${rule}' is not a rule: ${problem}`);
}

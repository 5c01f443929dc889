import { isAlias, isMap, isScalar, isSeq, LineCounter, parse, parseDocument } from 'yaml';
import type { Alias, Document, ParsedNode, Scalar, YAMLError, YAMLMap } from 'yaml';
import type { ConfigProblem } from './config-error.ts';
import { emptyMap, type ConfigNode, type MapEntry, type MapNode } from './config-node.ts';
import { nativeValue } from './native-value.ts';
import type { Origin } from './origin.ts';
import { substitute, type LookUp, type Substitution } from './substitution.ts';

/** What a file says, and what in it cannot be read. */
export interface YamlFile {
  readonly root: MapNode;
  readonly problems: readonly ConfigProblem[];
}

/** Deeper than any configuration; an anchor that contains itself would have no end. */
const mostLevels = 64;

/** Reads YAML (and JSON, which is a part of it) with `${...}` substituted. Reports every problem with its position. */
export function readYaml(text: string, file: string, lookUp: LookUp): YamlFile {
  return new YamlReader(text, file, lookUp).read();
}

class YamlReader {
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;
  readonly #text: string;
  readonly #file: string;
  readonly #lookUp: LookUp;
  readonly #problems: ConfigProblem[] = [];

  constructor(text: string, file: string, lookUp: LookUp) {
    this.#text = text;
    this.#file = file;
    this.#lookUp = lookUp;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
  }

  read(): YamlFile {
    for (const error of this.#document.errors) this.#syntaxProblem(error);
    const contents = this.#document.contents;
    // A document without a mapping is no configuration; an empty one has nothing to say.
    if (this.#problems.length || !contents || (isScalar(contents) && contents.value === null))
      return this.#result(emptyMap);
    const root = this.#node(contents, 0);
    if (root.kind === 'map') return this.#result(root);
    this.#report(contents, `expected a map of sections, such as 'amqp: {...}', got a ${root.kind}`);
    return this.#result(emptyMap);
  }

  #result(root: MapNode): YamlFile {
    return { root, problems: this.#problems };
  }

  #node(node: ParsedNode, depth: number): ConfigNode {
    if (depth > mostLevels) {
      this.#report(node, 'is nested too deeply (does an anchor contain itself?)');
      return { kind: 'scalar', value: null, origin: this.#origin(node) };
    }
    if (isAlias(node)) return this.#alias(node, depth);
    if (isMap(node)) return this.#map(node, depth);
    if (isSeq(node)) {
      return {
        kind: 'list',
        items: node.items.map((item) => this.#node(item, depth + 1)),
        origin: this.#origin(node),
      };
    }
    return this.#scalar(node);
  }

  #map(map: YAMLMap.Parsed, depth: number): MapNode {
    const entries = new Map<string, MapEntry>();
    const inherited = new Map<string, MapEntry>();
    for (const { key, value } of map.items) {
      if (!isScalar(key)) {
        this.#report(key, 'a key must be a plain word');
        continue;
      }
      const keyOrigin = this.#origin(key);
      const node: ConfigNode = value
        ? this.#node(value, depth + 1)
        : { kind: 'scalar', value: null, origin: keyOrigin };
      if (key.value === '<<' && key.type === 'PLAIN') this.#inherit(inherited, node, key);
      else entries.set(String(key.value), { keyOrigin, node });
    }
    return { kind: 'map', entries: new Map([...inherited, ...entries]), origin: this.#origin(map) };
  }

  /** `<<: *base` and `<<: [*a, *b]`: the first to name a key wins, and the map's own keys win over all. */
  #inherit(inherited: Map<string, MapEntry>, node: ConfigNode, key: Scalar.Parsed): void {
    for (const base of node.kind === 'list' ? node.items : [node]) {
      if (base.kind !== 'map') this.#report(key, "'<<' takes a map, or a list of maps");
      else for (const [name, entry] of base.entries) if (!inherited.has(name)) inherited.set(name, entry);
    }
  }

  #alias(alias: Alias.Parsed, depth: number): ConfigNode {
    // Anchors stand on nodes that were parsed.
    const target = alias.resolve(this.#document) as ParsedNode | undefined;
    if (target) return this.#node(target, depth + 1);
    this.#report(alias, `no anchor &${alias.source} stands before this`);
    return { kind: 'scalar', value: null, origin: this.#origin(alias) };
  }

  #scalar(scalar: Scalar.Parsed): ConfigNode {
    const { value, type, tag } = scalar;
    const origin = this.#origin(scalar);
    if (tag?.startsWith('!') && tag !== '!env_var' && tag !== '!raw_env_var') {
      this.#report(scalar, `the tag ${tag} is not known here`);
    }
    if (typeof value !== 'string') return { kind: 'scalar', value, origin };
    const substitution = substitute(value, this.#lookUp);
    const { text, variables, problems } = substitution;
    const via = variables.length ? { ...origin, variables } : origin;
    if (problems.length) return { kind: 'scalar', value: null, origin: via, problem: problems.join('; ') };
    if (hasOwnType(substitution, type, tag)) {
      return { kind: 'scalar', value: nativeValue(text, parse), text, origin: via };
    }
    return { kind: 'scalar', value: text, origin: via };
  }

  #origin(node: ParsedNode): Origin & { readonly kind: 'file' } {
    return this.#at(node.range[0]);
  }

  #at(offset: number): Origin & { readonly kind: 'file' } {
    const { line, col } = this.#lines.linePos(offset);
    return { kind: 'file', file: this.#file, line, column: col };
  }

  #report(node: ParsedNode, message: string): void {
    this.#problems.push({ origin: this.#origin(node), path: '', message });
  }

  #syntaxProblem(error: YAMLError): void {
    const origin = this.#at(error.pos[0]);
    const line = this.#text.split('\n')[origin.line - 1] ?? '';
    const hint = line.includes('${') ? '; put quotes around the ${...}, which YAML reads as a map here' : '';
    this.#problems.push({ origin, path: '', message: `not valid YAML: ${error.message}${hint}` });
  }
}

/** An unquoted scalar that is one `${...}` takes the type of its value; Nameko's tags ask for it, or against it. */
function hasOwnType({ isWhole }: Substitution, type: Scalar.Type | undefined, tag: string | undefined): boolean {
  if (tag === '!env_var') return true;
  return isWhole && type === 'PLAIN' && tag !== '!raw_env_var';
}

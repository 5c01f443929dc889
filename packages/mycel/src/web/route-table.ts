import Router from 'find-my-way';
import type { HttpMethod } from './rule-params.ts';
import { RouteConflictError } from './web-errors.ts';
import { UrlRule, searchablePath, type RuleValues } from './url-rule.ts';

/** What a rule leads to. */
export interface RouteTarget {
  /** Names it in messages: `reporting_service.httpAdd`. */
  readonly owner: string;
  /** It gives way to another target for the same requests. @default false */
  readonly yields?: boolean;
}

/** What the table says of a request. */
export type RouteLookup<T> =
  | { readonly kind: 'found'; readonly target: T; readonly values: RuleValues }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'options'; readonly allow: readonly string[] }
  | { readonly kind: 'wrong-method'; readonly allow: readonly string[] }
  | { readonly kind: 'bad-encoding' }
  | { readonly kind: 'not-found' };

interface Entry<T> {
  readonly rule: UrlRule;
  readonly target: T;
}

/** The rules of one method: those that fit a tree stand in it by shape; all of them stand in a list, the exact ones first. */
interface MethodRules<T> {
  readonly byShape: Map<string, Entry<T>[]>;
  readonly sorted: Entry<T>[];
  /** Some rules are in no tree, so what the tree finds for a rule with parameters may not be the best. */
  hasUnshaped: boolean;
}

const noValues: RuleValues = Object.freeze({});

/**
 * Finds the handler of a request by method and path. A radix tree answers for nearly all requests; the list of rules,
 * in order of exactness, for what does not fit it: parameters beside text in one segment, `path` before other text,
 * and rules of one shape of which the first does not convert.
 */
export class RouteTable<T extends RouteTarget> {
  readonly #tree = Router({ maxParamLength: 16_384, querystringParser: () => undefined }).compile();
  readonly #methods = new Map<string, MethodRules<T>>();

  /**
   * Adds a rule for each of `methods`. Throws a `RouteConflictError` if a rule for the same paths is there, unless one of
   * the two yields: then the other one stays.
   */
  add(methods: readonly HttpMethod[], rule: UrlRule, target: T): void {
    for (const method of methods) {
      const rules = this.#rulesOf(method);
      const other = rules.sorted.find((entry) => entry.rule.canonical === rule.canonical);
      if (other && target.yields) continue;
      if (other && !other.target.yields) {
        throw new RouteConflictError(method, rule.text, other.target.owner, target.owner);
      }
      if (other) drop(rules, other);
      const entry = { rule, target };
      insertSorted(rules.sorted, entry);
      if (rule.shape === undefined) rules.hasUnshaped = true;
      else this.#addToTree(method, rules, rule.shape, entry);
    }
  }

  /** Looks a request up by its method and request target (path and query). */
  find(method: string, url: string): RouteLookup<T> {
    return this.#findInTree(method, url) ?? this.#search(method, url);
  }

  #findInTree(method: string, url: string): RouteLookup<T> | undefined {
    // Methods that find-my-way does not know have no tree and are not found.
    const hit = this.#tree.find(method as HttpMethod, url);
    if (!hit) return undefined;
    const candidates = hit.store as readonly Entry<T>[]; // put there by #addToTree
    for (const { rule, target } of candidates) {
      if (rule.isStatic) return { kind: 'found', target, values: noValues };
      if (this.#methods.get(method)?.hasUnshaped) return undefined;
      const values = rule.fromTree(hit.params);
      if (values) return { kind: 'found', target, values };
    }
    return undefined;
  }

  #search(method: string, url: string): RouteLookup<T> {
    const { path, query } = splitTarget(url);
    let decoded: string;
    try {
      decoded = searchablePath(path);
    } catch {
      return { kind: 'bad-encoding' };
    }
    const found = this.#match(method, decoded);
    if (found) return found;
    for (const other of spellings(path)) {
      if (this.#match(method, searchablePath(other))) return { kind: 'redirect', location: locationOf(other) + query };
    }
    const allow = this.#allowed(decoded);
    if (!allow.length) return { kind: 'not-found' };
    return { kind: method === 'OPTIONS' ? 'options' : 'wrong-method', allow };
  }

  #match(method: string, path: string): RouteLookup<T> | undefined {
    for (const { rule, target } of this.#methods.get(method)?.sorted ?? []) {
      const values = rule.match(path);
      if (values) return { kind: 'found', target, values };
    }
    return method === 'HEAD' ? this.#match('GET', path) : undefined;
  }

  #allowed(path: string): string[] {
    const methods = [...this.#methods].filter(([, { sorted }]) => sorted.some(({ rule }) => rule.match(path)));
    const names = methods.map(([method]) => method);
    if (!names.length) return [];
    return [...new Set([...names, ...(names.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].toSorted();
  }

  #addToTree(method: HttpMethod, rules: MethodRules<T>, shape: string, entry: Entry<T>): void {
    const candidates = rules.byShape.get(shape);
    if (candidates) return insertSorted(candidates, entry);
    const created = [entry];
    rules.byShape.set(shape, created);
    this.#tree.on(method, shape, () => {}, created);
  }

  #rulesOf(method: string): MethodRules<T> {
    let rules = this.#methods.get(method);
    if (!rules) this.#methods.set(method, (rules = { byShape: new Map(), sorted: [], hasUnshaped: false }));
    return rules;
  }
}

function drop<T>({ sorted, byShape }: MethodRules<T>, entry: Entry<T>): void {
  const candidates = byShape.get(entry.rule.shape ?? '') ?? [];
  for (const entries of [sorted, candidates]) {
    const index = entries.indexOf(entry);
    if (index >= 0) entries.splice(index, 1);
  }
}

function insertSorted<T>(entries: Entry<T>[], entry: Entry<T>): void {
  const after = entries.findIndex((other) => UrlRule.compare(entry.rule, other.rule) < 0);
  entries.splice(after === -1 ? entries.length : after, 0, entry);
}

/** Splits a request target into its path and the rest (`?...`, or nothing). */
export function splitTarget(url: string): { readonly path: string; readonly query: string } {
  const target = url.startsWith('/') ? url : pathOfAbsolute(url);
  const end = target.search(/[?#]/);
  return end === -1 ? { path: target, query: '' } : { path: target.slice(0, end), query: target.slice(end) };
}

/** Requests through a proxy name the whole URL. */
function pathOfAbsolute(url: string): string {
  if (!URL.canParse(url)) return url;
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** The ways a path may have been meant: with a slash at its end, without doubled slashes. */
function spellings(path: string): string[] {
  const merged = path.replace(/\/{2,}/g, '/');
  return [...(merged === path ? [] : [merged]), ...(merged.endsWith('/') ? [] : [`${merged}/`])];
}

/** Makes a path safe for a Location header: a browser would read `/\host` as another server. */
function locationOf(path: string): string {
  return path.replaceAll('\\', '%5C');
}

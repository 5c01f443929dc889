import type { ZodError } from 'zod';
import { isSecretName, maskUris } from '../foundation/mask-secrets.ts';
import { didYouMean } from '../foundation/nearest.ts';
import { joinPath } from '../foundation/schema.ts';
import type { ConfigProblem } from './config-error.ts';
import { find, valueOf, type ConfigNode } from './config-node.ts';

type Issue = ZodError['issues'][number];

/** Says in words of the configuration what a schema found, at the place where the value was written. */
export function describeIssue(issue: Issue, section: string, root: ConfigNode | undefined): ConfigProblem {
  const { node, complete } = find(root, issue.path);
  const path = joinPath(section, issue.path);
  if (issue.code === 'unrecognized_keys') return { origin: node?.origin, path, message: 'no such option' };
  const isSecret = issue.path.some((key) => isSecretName(String(key)));
  const got = complete && node ? show(valueOf(node), isSecret) : undefined;
  const message = describe(issue, got) + variablesIn(node);
  return { origin: node?.origin, path, message };
}

function describe(issue: Issue, got: string | undefined): string {
  const wanted = expectation(issue);
  if (wanted === undefined)
    return got === undefined || issue.code === 'custom'
      ? lowerFirst(issue.message)
      : `${lowerFirst(issue.message)}, got ${got}`;
  if (got === undefined) return `required, and nothing sets it (expected ${wanted})`;
  const hint = issue.code === 'invalid_value' ? didYouMean(got.replaceAll('"', ''), issue.values.map(String)) : '';
  return `expected ${wanted}, got ${got}${hint}`;
}

/** What would have been right, if that can be said in a few words. */
function expectation(issue: Issue): string | undefined {
  // A schema's own words may say it: `{ error: 'expected a duration' }`. Zod's begin otherwise.
  if (issue.message.startsWith('expected ')) return issue.message.slice('expected '.length);
  if (issue.code === 'invalid_type') {
    return issue.expected === 'record' || issue.expected === 'object' ? 'a map' : issue.expected;
  }
  if (issue.code === 'invalid_value') return issue.values.map((value) => JSON.stringify(value)).join(' or ');
  if (issue.code !== 'invalid_union') return undefined;
  const branches = issue.errors.map((issues) => issues[0]);
  const words = branches.map((branch) => branch && branch.path.length === 0 && expectation(branch));
  return words.length && words.every((word) => typeof word === 'string') ? words.join(' or ') : undefined;
}

/** Takes issues apart until each is about one option. Of a union, the branch that came furthest says best what is wrong. */
export function* sharpen(issue: Issue): Iterable<Issue> {
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) yield { ...issue, path: [...issue.path, key] };
    return;
  }
  if (issue.code !== 'invalid_union' || expectation(issue) !== undefined) {
    yield issue;
    return;
  }
  const depth = (issues: readonly Issue[]): number => Math.max(...issues.map(({ path }) => path.length));
  const [best] = [...issue.errors].filter(({ length }) => length > 0).toSorted((a, b) => depth(b) - depth(a));
  if (!best) yield issue;
  else for (const inner of best) yield* sharpen({ ...inner, path: [...issue.path, ...inner.path] });
}

function show(value: unknown, isSecret: boolean): string {
  if (isSecret) return 'another value (not shown, as it may be a secret)';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  return maskUris(typeof value === 'string' ? JSON.stringify(value) : String(value));
}

function variablesIn(node: ConfigNode | undefined): string {
  if (node?.origin.kind !== 'file' || !node.origin.variables) return '';
  return ` (from ${node.origin.variables.map((variable) => `\${${variable}}`).join(', ')})`;
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

import { type Argument, type Expression, parseSync, Visitor } from 'oxc-parser';

/** The tests of a file, as a reader names them. */
export interface TestTitles {
  /** Each test that runs: the titles of the blocks around it and its own, with the placeholders of its cases. */
  readonly paths: readonly (readonly string[])[];
  /** Every string and number that stands in the file: what a placeholder may be filled with. */
  readonly literals: ReadonlySet<string>;
}

const blocks: ReadonlySet<string> = new Set(['describe', 'suite']);
const tests: ReadonlySet<string> = new Set(['test', 'it']);
/** What keeps a test from ever running. */
const idle: ReadonlySet<string> = new Set(['skip', 'todo', 'fails']);
const placeholder = /%[sdifjoOc#$]|\$\w+(?:\.\w+)*|\$\{[^}]*\}/;

/** Reads the titles of the tests of a file. */
export function readTestTitles(file: string, source: string): TestTitles {
  const paths: (readonly string[])[] = [];
  const literals = new Set<string>();
  const around: { readonly title: string; readonly end: number; readonly isIdle: boolean }[] = [];
  new Visitor({
    Literal: ({ value }) => void literals.add(String(value)),
    CallExpression: (call) => {
      while ((around.at(-1)?.end ?? Number.POSITIVE_INFINITY) < call.start) around.pop();
      const title = titleOf(call.arguments[0], source);
      const { name, modifiers } = calleeOf(call.callee);
      if (title === undefined || name === undefined) return;
      const isIdle = modifiers.some((modifier) => idle.has(modifier)) || (around.at(-1)?.isIdle ?? false);
      if (blocks.has(name)) around.push({ title, end: call.end, isIdle });
      else if (tests.has(name) && !isIdle) paths.push([...around.map((block) => block.title), title]);
    },
  }).visit(parseSync(file, source).program);
  return { paths, literals };
}

/**
 * Tells whether a file has a test of this title: its own, or with those of the blocks around it and ` > ` between.
 * A test with cases is meant by its title as it is written, or as a case fills it.
 */
export function hasTest({ paths, literals }: TestTitles, title: string): boolean {
  const wanted = title.split(' > ');
  return paths.some((path) => {
    const end = path.slice(-wanted.length);
    return end.length === wanted.length && end.every((part, index) => fits(part, wanted[index] ?? '', literals));
  });
}

function fits(part: string, wanted: string, literals: ReadonlySet<string>): boolean {
  if (part === wanted) return true;
  const texts = part.split(placeholder);
  if (texts.length === 1) return false;
  const pattern = texts.map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('(.+)');
  const filled = new RegExp(`^${pattern}$`).exec(wanted)?.slice(1);
  return filled?.every((value) => literals.has(value)) ?? false;
}

function titleOf(argument: Argument | undefined, source: string): string | undefined {
  if (argument?.type === 'Literal' && typeof argument.value === 'string') return argument.value;
  return argument?.type === 'TemplateLiteral' ? source.slice(argument.start + 1, argument.end - 1) : undefined;
}

/** `describe.skipIf(x).each(y)` is `describe` with the modifiers `skipIf` and `each`. */
function calleeOf(callee: Expression): {
  readonly name: string | undefined;
  readonly modifiers: readonly string[];
} {
  if (callee.type === 'Identifier') return { name: callee.name, modifiers: [] };
  if (callee.type === 'CallExpression') return calleeOf(callee.callee);
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier')
    return { name: undefined, modifiers: [] };
  const { name, modifiers } = calleeOf(callee.object);
  return { name, modifiers: [...modifiers, callee.property.name] };
}

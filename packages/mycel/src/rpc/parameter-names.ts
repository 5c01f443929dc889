import type { AnyMethod } from '../core/declaration.ts';

/** One parameter of a method, as its source text has it. */
export interface Parameter {
  /** `undefined` for a destructured one. */
  readonly name: string | undefined;
  /** It has a default. */
  readonly optional: boolean;
  readonly rest: boolean;
}

/**
 * Reads a method's parameters from its source text, or returns `undefined` where there is none to read (native or bound
 * functions). It finds the names a minifier gave, and none if a decorator has wrapped the method; esbuild, and so tsx,
 * renames a parameter that shadows a name of its module. Where callers use names and that matters, declare them with
 * `@rpc({ paramNames })`.
 */
export function readParameters(method: AnyMethod): readonly Parameter[] | undefined {
  const source = Function.prototype.toString.call(method);
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) return undefined;
  const start = openingParenthesis(source);
  if (start === undefined) {
    const single = /^(?:async\b)?\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u.exec(source)?.[1];
    return single === undefined ? undefined : [{ name: single, optional: false, rest: false }];
  }
  const texts = splitParameters(source, start + 1);
  return texts.map(readParameter);
}

function readParameter(text: string): Parameter {
  const rest = text.startsWith('...');
  const body = rest ? text.slice(3).trimStart() : text;
  const name = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/u.exec(body)?.[0];
  const afterName = name === undefined ? skipGroup(body, 0) : name.length;
  return { name, optional: body.slice(afterName).trimStart().startsWith('='), rest };
}

/** Finds the parenthesis that opens the parameters: the first outside of comments, strings and a computed name. */
function openingParenthesis(source: string): number | undefined {
  for (let at = 0; at < source.length; ) {
    const char = source[at];
    if (char === '(') return at;
    if (char === '=' && source[at + 1] === '>') return undefined;
    at = skipUnit(source, at);
  }
  return undefined;
}

/** Cuts the parameter list that begins at `at` at its commas; comments are left out. */
function splitParameters(source: string, at: number): string[] {
  const texts: string[] = [];
  let text = '';
  for (let next = at; at < source.length && source[at] !== ')'; at = next) {
    next = skipUnit(source, at);
    if (source[at] === ',') {
      texts.push(text.trim());
      text = '';
    } else {
      text += isComment(source, at) ? ' ' : source.slice(at, next);
    }
  }
  if (text.trim()) texts.push(text.trim());
  return texts;
}

/** Returns the index behind the unit at `at`: a comment, a string, a bracketed group, a regular expression, or one character. */
function skipUnit(source: string, at: number): number {
  const char = source[at];
  if (isComment(source, at)) return skipComment(source, at);
  if (char === '"' || char === "'" || char === '`') return skipString(source, at);
  if (char === '(' || char === '[' || char === '{') return skipGroup(source, at);
  if (char === '/' && /[=(,:?&|!{}[;>]\s*$/.test(source.slice(Math.max(0, at - 40), at))) return skipRegex(source, at);
  return at + 1;
}

function isComment(source: string, at: number): boolean {
  return source[at] === '/' && (source[at + 1] === '*' || source[at + 1] === '/');
}

function skipComment(source: string, at: number): number {
  const closing = source[at + 1] === '*' ? '*/' : '\n';
  const end = source.indexOf(closing, at + 2);
  return end < 0 ? source.length : end + closing.length;
}

function skipString(source: string, at: number): number {
  const quote = source[at];
  for (at += 1; at < source.length; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === quote) return at + 1;
    else if (quote === '`' && source[at] === '$' && source[at + 1] === '{') at = skipGroup(source, at + 1) - 1;
  }
  return source.length;
}

function skipGroup(source: string, at: number): number {
  for (at += 1; at < source.length; at = skipUnit(source, at)) {
    if (source[at] === ')' || source[at] === ']' || source[at] === '}') return at + 1;
  }
  return source.length;
}

function skipRegex(source: string, at: number): number {
  let inClass = false;
  for (at += 1; at < source.length; at++) {
    const char = source[at];
    if (char === '\\') at++;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return at + 1;
  }
  return source.length;
}

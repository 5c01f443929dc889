/** Looks up an environment variable; `undefined` if it is not set. */
export type LookUp = (variable: string) => string | undefined;

/** A text whose `${...}` have been replaced. */
export interface Substitution {
  readonly text: string;
  /** The variables that were asked for, set or not. */
  readonly variables: readonly string[];
  /** The text was one `${...}` and nothing else, so that its result may have a type of its own. */
  readonly isWhole: boolean;
  /** Why the text could not be made, in words; `text` is then meaningless. */
  readonly problems: readonly string[];
}

/**
 * Replaces `${VAR}` and `${VAR:default}`; a default may hold further `${...}`, and `$${` stands for a literal `${`.
 * A variable that is set but empty is set. A default is looked at only if it is needed.
 */
export function substitute(text: string, lookUp: LookUp): Substitution {
  const variables: string[] = [];
  const problems: string[] = [];
  const isWhole = text.startsWith('${') && closingBrace(text, 2) === text.length - 1;
  return { text: replaceAll(text), variables, isWhole, problems };

  function replaceAll(part: string): string {
    let result = '';
    let at = 0;
    for (;;) {
      const start = part.indexOf('${', at);
      if (start < 0) return result + part.slice(at);
      if (part[start - 1] === '$' && start > at) {
        result += `${part.slice(at, start - 1)}\${`;
        at = start + 2;
        continue;
      }
      const end = closingBrace(part, start + 2);
      if (end < 0) {
        problems.push(`'${part.slice(start)}' has no closing brace; write $\${ for a literal \${`);
        return result;
      }
      result += part.slice(at, start) + replaceOne(part.slice(start + 2, end));
      at = end + 1;
    }
  }

  function replaceOne(expression: string): string {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?::(.*))?$/s.exec(expression);
    const variable = match?.[1];
    if (!variable) {
      problems.push(
        `'\${${expression}}' names no variable; write \${NAME}, \${NAME:default}, or $\${ for a literal \${`,
      );
      return '';
    }
    variables.push(variable);
    const value = lookUp(variable);
    if (value !== undefined) return value;
    if (match[2] !== undefined) return replaceAll(match[2]);
    problems.push(`the environment variable ${variable} is not set; set it, or give a default: \${${variable}:...}`);
    return '';
  }
}

/** Finds the brace that closes what was opened before `from`, over balanced inner braces; -1 if there is none. */
function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}

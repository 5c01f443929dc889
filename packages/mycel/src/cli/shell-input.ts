import { Recoverable } from 'node:repl';
import { Script } from 'node:vm';
import { IncompleteCodeError, stripTypes } from './typescript-text.ts';

/**
 * Turns what was typed at the prompt into JavaScript: types are stripped, and what is kept of a call is its result, also
 * without `await` (`const sum = n.rpc.math.add(1, 2)`). `undefined` if more lines must follow.
 */
export function readInput(code: string): string | undefined {
  try {
    return awaitKept(isJavaScript(code) ? code : stripTypes(code, 'input'));
  } catch (error) {
    if (error instanceof IncompleteCodeError) return undefined;
    return code; // Wrong in any case: node:repl says how, as it does for JavaScript.
  }
}

/**
 * Says what is wrong with input that is no program in either language: as TypeScript, since as JavaScript the first type
 * would be the mistake. Any other error is the one that was given, also that more lines must follow.
 */
export function explainSyntax(code: string, error: Error): Error {
  if (!(error instanceof SyntaxError) || error instanceof Recoverable || isJavaScript(code)) return error;
  try {
    stripTypes(code, 'input');
    return error;
  } catch (mistake) {
    return mistake instanceof SyntaxError ? mistake : error;
  }
}

/** Parses without running. In an async function, `await` may stand where it may at the prompt. */
function isJavaScript(code: string): boolean {
  try {
    Reflect.construct(Script, [`(async () => {\n${code}\n})`]);
    return true;
  } catch {
    return false;
  }
}

const keptCall =
  /^(\s*(?:(?:const|let|var)\s+(?:[\w$]+|\{[^=]*\}|\[[^=]*\])|[\w$.]+)\s*=\s*)(?=n\.(?:rpc|call|dispatch|services)\b)/;

function awaitKept(code: string): string {
  return code.replace(keptCall, '$1await ');
}

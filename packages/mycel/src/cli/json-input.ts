import { InvalidArgumentError } from 'commander';
import { text } from 'node:stream/consumers';
import { messageOf } from '../foundation/errors.ts';

/** JSON on the command line: a value, or the promise to read one from standard input. */
export type JsonInput = { readonly value: unknown } | 'stdin';

/** Reads an argument. Throws an `InvalidArgumentError` for what is no JSON. */
export function readJson(argument: string): JsonInput {
  return argument === '-' ? 'stdin' : { value: parse(argument) };
}

/** Returns the value; of `stdin`, all that stands there. Throws an `InvalidArgumentError` if that is no JSON. */
export async function jsonValue(input: JsonInput): Promise<unknown> {
  return input === 'stdin' ? parse(await text(process.stdin)) : input.value;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    const hint = /^[\p{L}_][\w .-]*$/u.test(json) ? ` Text is written with quotes: '"${json}"'.` : '';
    throw new InvalidArgumentError(`It is no JSON (${messageOf(error)}).${hint}`);
  }
}

import { setOwnProperty } from './own-property.ts';
import { maxDepth, maxIntegerDigits } from './payload-limits.ts';
import { UndecodableError } from './transport-errors.ts';

const manyDigits = /\d{16}/;
const largeInteger = /(?:^|[[,:\s])-?\d{16,}(?=[\s,\]}]|$)/;

/** Whether an integer may stand in the text that `JSON.parse` would round. Cheap when there is none. */
export function hasLargeInteger(text: string): boolean {
  return manyDigits.test(text) && largeInteger.test(text);
}

/**
 * Parses JSON as Python's `json` writes it: with `NaN`, `Infinity` and `-Infinity`, and with integers of any size, which
 * become `bigint` where `number` would round them. Slower than `JSON.parse`: for texts that need it.
 * Throws `UndecodableError`, which says what is wrong where, and quotes nothing of the text.
 */
export function parsePythonJson(text: string): unknown {
  return new PythonJsonParser(text).parse();
}

const whitespace = /[ \t\n\r]*/y;
const numeral = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const integer = /^-?\d+$/;
const word = /-?[A-Za-z]+/y;
const words: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** Reads from left to right; `#at` is the next character. */
class PythonJsonParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    // A byte order mark, which Windows programs put in front.
    this.#text = text.startsWith('\uFEFF') ? text.slice(1) : text;
  }

  parse(): unknown {
    const value = this.#value();
    this.#skipWhitespace();
    if (this.#at < this.#text.length) throw this.#error('text after the end of the value');
    return value;
  }

  #value(): unknown {
    this.#skipWhitespace();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#nested(() => this.#object());
      case '[':
        return this.#nested(() => this.#array());
      case '"':
        return this.#string();
      case undefined:
        throw this.#error('the text ends where a value should stand');
      default:
        return this.#scalar();
    }
  }

  #nested(read: () => unknown): unknown {
    if (this.#depth === maxDepth) throw this.#error(`more than ${maxDepth} levels`);
    this.#depth += 1;
    this.#at += 1;
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #object(): unknown {
    const object = {};
    if (this.#take('}')) return object;
    do {
      this.#skipWhitespace();
      if (this.#text[this.#at] !== '"') throw this.#error('a property name in double quotes is missing');
      const key = this.#string();
      if (!this.#take(':')) throw this.#error("':' is missing");
      setOwnProperty(object, key, this.#value());
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#error("',' or '}' is missing");
    return object;
  }

  #array(): unknown {
    const array: unknown[] = [];
    if (this.#take(']')) return array;
    do array.push(this.#value());
    while (this.#take(','));
    if (!this.#take(']')) throw this.#error("',' or ']' is missing");
    return array;
  }

  #string(): string {
    const start = this.#at;
    let end = start;
    do {
      end = this.#text.indexOf('"', end + 1);
      if (end === -1) throw this.#error('a string does not end');
    } while (this.#isEscaped(end));
    this.#at = end + 1;
    try {
      // Text from one quote to the next: a JSON string or an error.
      return JSON.parse(this.#text.slice(start, end + 1)) as string;
    } catch {
      this.#at = start;
      throw this.#error('a string has a bad escape or a control character');
    }
  }

  #isEscaped(quote: number): boolean {
    let backslashes = 0;
    while (this.#text[quote - 1 - backslashes] === '\\') backslashes += 1;
    return backslashes % 2 === 1;
  }

  #scalar(): unknown {
    const number = this.#match(numeral);
    if (number !== undefined) return this.#number(number);
    const start = this.#at;
    const name = this.#match(word);
    if (name !== undefined && words.has(name)) return words.get(name);
    this.#at = start;
    throw this.#error('no JSON value');
  }

  #number(text: string): number | bigint {
    const number = Number(text);
    if (Number.isSafeInteger(number) || !integer.test(text)) return number;
    if (text.length > maxIntegerDigits) throw this.#error(`an integer of more than ${maxIntegerDigits} digits`);
    return BigInt(text);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const matched = pattern.exec(this.#text)?.[0];
    if (matched !== undefined) this.#at += matched.length;
    return matched;
  }

  #skipWhitespace(): void {
    this.#match(whitespace);
  }

  #take(character: string): boolean {
    this.#skipWhitespace();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #error(what: string): UndecodableError {
    return new UndecodableError(`the body is not JSON: ${what} (at character ${this.#at})`);
  }
}

import { UsageError } from '../foundation/errors.ts';

/** Reads one parameter out of a path. */
export interface RuleConverter {
  /** What it may look like, as the source of a regular expression without groups. */
  readonly pattern: string;
  /** Where it stands among converters when two rules fit: the lower one wins. */
  readonly weight: number;
  /** Its text may hold anything, so that where it ends depends on what follows. */
  readonly isOpen: boolean;
  /** It may hold slashes. */
  readonly spansSegments?: boolean;
  /** Returns the value, or `undefined` if the text does not fit. */
  convert(text: string): unknown;
}

/** The options of a converter, as written between its parentheses. */
export interface ConverterOptions {
  readonly positional: readonly string[];
  readonly named: ReadonlyMap<string, string>;
}

type ConverterFactory = (options: ConverterOptions) => RuleConverter;

const factories: Readonly<Record<string, ConverterFactory>> = {
  default: stringConverter,
  string: stringConverter,
  int: (options) => numberConverter(options, '\\d+', 10),
  float: (options) => numberConverter(options, '\\d+(?:\\.\\d+)?', 11),
  uuid: uuidConverter,
  any: anyConverter,
  path: pathConverter,
};

/** The converters a rule can name. */
export const converterNames: readonly string[] = Object.keys(factories);

/** Creates the converter `name`. Throws a `UsageError` (without the rule: the caller adds it) for options it does not know. */
export function createConverter(name: string, options: ConverterOptions): RuleConverter {
  const factory = Object.hasOwn(factories, name) ? factories[name] : undefined;
  if (!factory) throw new UsageError(`there is no converter '${name}'; use one of ${converterNames.join(', ')}`);
  return factory(options);
}

function stringConverter(options: ConverterOptions): RuleConverter {
  const { minlength = 1, maxlength = Infinity, length } = numbers(options, ['minlength', 'maxlength', 'length']);
  const [least, most] = length === undefined ? [minlength, maxlength] : [length, length];
  const convert = (text: string): string | undefined =>
    text.length >= least && text.length <= most ? text : undefined;
  return { pattern: '[^/]+?', weight: 20, isOpen: true, convert };
}

function numberConverter(options: ConverterOptions, digits: string, weight: number): RuleConverter {
  const isSigned = options.named.get('signed');
  const {
    min = -Infinity,
    max = Infinity,
    fixed_digits: width,
  } = numbers(options, ['min', 'max', 'fixed_digits'], ['signed']);
  const pattern = isSigned?.toLowerCase() === 'true' ? `-?${digits}` : digits;
  const whole = new RegExp(`^${pattern}$`);
  const convert = (text: string): number | undefined => {
    if (!whole.test(text) || (width !== undefined && text.length !== width)) return undefined;
    const value = Number(text);
    const isExact = weight !== 10 || Number.isSafeInteger(value);
    return isExact && value >= min && value <= max ? value : undefined;
  };
  return { pattern, weight, isOpen: false, convert };
}

function uuidConverter(options: ConverterOptions): RuleConverter {
  numbers(options, []);
  const pattern = '[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}';
  const whole = new RegExp(`^${pattern}$`);
  return { pattern, weight: 10, isOpen: false, convert: (text) => (whole.test(text) ? text.toLowerCase() : undefined) };
}

function anyConverter({ positional, named }: ConverterOptions): RuleConverter {
  if (!positional.length || named.size) throw new UsageError("'any' takes the words it stands for: any(red, blue)");
  const words = new Set(positional);
  const pattern = `(?:${positional.map(escapeRegExp).join('|')})`;
  return { pattern, weight: 5, isOpen: false, convert: (text) => (words.has(text) ? text : undefined) };
}

function pathConverter(options: ConverterOptions): RuleConverter {
  numbers(options, []);
  const convert = (text: string): string | undefined => (text && !text.startsWith('/') ? text : undefined);
  return { pattern: '[^/][^]*?', weight: 30, isOpen: true, spansSegments: true, convert };
}

function numbers<K extends string>(
  options: ConverterOptions,
  known: readonly K[],
  others: readonly string[] = [],
): { [P in K]?: number } {
  const values: { [P in K]?: number } = {};
  const all = [...known, ...others];
  const allowed = all.length ? `it takes ${all.join(', ')}` : 'it takes none';
  if (options.positional.length)
    throw new UsageError(`'${options.positional[0]}' is no option of the converter; ${allowed}`);
  for (const [name, text] of options.named) {
    if (!all.includes(name)) throw new UsageError(`'${name}' is no option of the converter; ${allowed}`);
    if (others.includes(name)) continue;
    const value = Number(text);
    if (text === '' || Number.isNaN(value)) throw new UsageError(`'${name}' must be a number, and is '${text}'`);
    values[name as K] = value; // `all` holds it, and `others` does not
  }
  return values;
}

/** Writes text as a regular expression that matches it. */
export function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

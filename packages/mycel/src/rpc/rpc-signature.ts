import type { AnyMethod } from '../core/declaration.ts';
import type { RpcParams } from '../core/rpc-definition.ts';
import type { CallArguments } from '../transport/rpc-transport.ts';
import { type Parameter, readParameters } from './parameter-names.ts';
import { IncorrectSignatureError } from './rpc-errors.ts';

/** What is known of a method's parameters before any call. */
export interface SignatureSource {
  /** The name of the method, for messages. */
  readonly name: string;
  readonly method: AnyMethod;
  readonly params: RpcParams | undefined;
  /** The parameters' names, where the source text does not have them. */
  readonly paramNames: readonly string[] | undefined;
}

/** Arguments as they arrived, and whether a compiler has checked their number. */
export interface ArrivedArguments extends CallArguments {
  readonly fromMycel: boolean;
}

/**
 * Turns the arguments of a call into those of its method.
 *
 * Positional ones stay as they are. Named ones are put in the order of the parameters; if the method takes a single
 * object (`params` is one schema, or its one parameter is destructured or bears another name), they are that object.
 * With schemas the number of arguments is theirs to judge, for `undefined` may be a valid one.
 */
export class RpcSignature {
  readonly #source: SignatureSource;
  readonly #most: number | undefined;
  readonly #least: number;
  readonly #takesOneObject: boolean;
  #parameters: readonly Parameter[] | undefined;

  constructor(source: SignatureSource) {
    this.#source = source;
    const { params, method } = source;
    this.#takesOneObject = params !== undefined && !isTuple(params);
    if (params === undefined) {
      this.#most = undefined;
      this.#least = method.length;
    } else {
      this.#most = isTuple(params) ? params.length : 1;
      this.#least = 0;
    }
  }

  /** Returns the method's arguments; throws an `IncorrectSignatureError`. */
  bind(call: ArrivedArguments): readonly unknown[] {
    for (const _name in call.kwargs) return this.#bindNamed(call);
    const given = call.args.length;
    if (given === 0 && this.#takesOneObject) return [call.kwargs]; // an object all of whose members were left out
    // The method's own length leaves out parameters with a default, so only beyond it is the source text looked at.
    if (given > (this.#most ?? this.#source.method.length)) this.#checkMost(given);
    if (given < this.#least && !call.fromMycel) throw this.#missing(given);
    return call.args;
  }

  /** Names the argument at `index`, for messages. */
  nameAt(index: number): string {
    return this.#known()?.[index]?.name ?? `args[${index}]`;
  }

  /** The parameters as a person would write them: `(x, y = ..., ...more)`. */
  describe(): string {
    const names = this.#known()?.map(
      ({ name, optional, rest }) => `${rest ? '...' : ''}${name ?? '{...}'}${optional ? ' = ...' : ''}`,
    );
    return names ? `(${names.join(', ')})` : '(unnamed parameters)';
  }

  /** The parameters as the source text or `paramNames` has them; `undefined` where neither does. */
  get parameters(): readonly Parameter[] | undefined {
    return this.#known();
  }

  #bindNamed({ args, kwargs, fromMycel }: ArrivedArguments): readonly unknown[] {
    const { params } = this.#source;
    if (this.#takesOneObject) {
      if (args.length) throw this.#error('takes its argument either by position or by name, not both');
      return [kwargs];
    }
    const parameters = this.#known()?.filter(({ rest }) => !rest) ?? [];
    if (!args.length && takesObject(parameters, kwargs)) return [kwargs];
    if (args.length) this.#checkMost(args.length);
    const bound: unknown[] = [...args];
    const named = new Set<number>();
    for (const name of Object.keys(kwargs)) {
      const index = indexOfName(parameters, name);
      if (index < 0) throw this.#error(`got an unexpected keyword argument '${name}'`);
      if (index < args.length) throw this.#error(`got multiple values for argument '${name}'`);
      named.add(index);
      bound[index] = kwargs[name];
    }
    const missing = parameters.findIndex(
      ({ optional }, index) => !optional && index >= args.length && !named.has(index),
    );
    if (missing >= 0 && !fromMycel && params === undefined) throw this.#missing(missing);
    return Array.from(bound);
  }

  #checkMost(given: number): void {
    const parameters = this.#known();
    if (this.#most === undefined && (!parameters || parameters.at(-1)?.rest)) return;
    const most = this.#most ?? parameters?.length ?? 0;
    if (given > most) {
      throw this.#error(
        `takes ${most} argument${most === 1 ? '' : 's'} but ${given} ${given === 1 ? 'was' : 'were'} given`,
      );
    }
  }

  #missing(index: number): IncorrectSignatureError {
    const hint = 'if it may be left out, give the parameter a default value';
    return this.#error(`missing 1 required positional argument: '${this.nameAt(index)}'`, hint);
  }

  #error(what: string, hint = ''): IncorrectSignatureError {
    const more = hint ? ` (${hint})` : '';
    return new IncorrectSignatureError(`${this.#source.name}() ${what}; it takes ${this.describe()}${more}`, undefined);
  }

  #known(): readonly Parameter[] | undefined {
    const { paramNames, method } = this.#source;
    this.#parameters ??= paramNames
      ? paramNames.map((name, index) => ({ name, optional: index >= method.length, rest: false }))
      : readParameters(method);
    return this.#parameters;
  }
}

function isTuple(params: RpcParams): params is Extract<RpcParams, readonly unknown[]> {
  return Array.isArray(params);
}

/** Tells whether a method of these parameters takes the named arguments as one object. */
function takesObject(parameters: readonly Parameter[], kwargs: CallArguments['kwargs']): boolean {
  if (parameters.length !== 1) return false;
  return !Object.keys(kwargs).some((name) => indexOfName(parameters, name) === 0);
}

/**
 * Finds the parameter of a name. esbuild, and so tsx, renames a parameter that shadows a name of its module (`order`
 * becomes `order2`), so if there is none of that very name, one with a number behind it is taken.
 */
function indexOfName(parameters: readonly Parameter[], name: string): number {
  const exact = parameters.findIndex((parameter) => parameter.name === name);
  if (exact >= 0) return exact;
  return parameters.findIndex(
    (parameter) => parameter.name?.startsWith(name) && /^\d+$/.test(parameter.name.slice(name.length)),
  );
}

/** What a converter of a rule gives its parameter. */
interface ConverterTypes {
  int: number;
  float: number;
  string: string;
  default: string;
  uuid: string;
  path: string;
  any: string;
}

type Trim<S extends string> = S extends ` ${infer R}` ? Trim<R> : S extends `${infer R} ` ? Trim<R> : S;

type Split<S extends string> = S extends `${infer Head},${infer Rest}` ? Trim<Head> | Split<Rest> : Trim<S>;

/** The type of one converter: `any(red, blue)` is one of its words. */
type ConverterType<K extends string, Options extends string> = K extends 'any'
  ? Split<Options>
  : K extends keyof ConverterTypes
    ? ConverterTypes[K]
    : never;

/** One placeholder, without its angle brackets: `int:x`, `string(length=2):x`, `x`. */
type Placeholder<S extends string> = S extends `${infer K}(${infer Options}):${infer Name}`
  ? { [P in Trim<Name>]: ConverterType<Trim<K>, Options> }
  : S extends `${infer K}:${infer Name}`
    ? { [P in Trim<Name>]: ConverterType<Trim<K>, string> }
    : { [P in Trim<S>]: string };

type Collect<R extends string> = R extends `${string}<${infer P}>${infer Rest}`
  ? Placeholder<P> & Collect<Rest>
  : object;

/** The parameters a rule gives to its method: `RuleParams<'/add/<int:x>'>` is `{ x: number }`. */
export type RuleParams<R extends string> = string extends R
  ? Record<string, string | number>
  : { [K in keyof Collect<R>]: Collect<R>[K] };

type ConverterOf<S extends string> = S extends `${infer K}(${string}):${string}`
  ? Trim<K>
  : S extends `${infer K}:${string}`
    ? Trim<K>
    : 'default';

type UnknownConverter<R extends string> = R extends `${string}<${infer P}>${infer Rest}`
  ? ConverterOf<P> extends keyof ConverterTypes
    ? UnknownConverter<Rest>
    : ConverterOf<P>
  : never;

/** The rule itself if it can be one; otherwise a type that says what is wrong with it. */
export type CheckedRule<R extends string> = string extends R
  ? R
  : R extends `/${string}`
    ? [UnknownConverter<R>] extends [never]
      ? R
      : `unknown converter '${UnknownConverter<R>}': use int, float, string, uuid, any(...) or path`
    : "a rule begins with '/'";

/** The methods a handler can be for. `HEAD` comes with `GET`; `OPTIONS` is answered unless a handler takes it. */
export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

type UnknownMethod<M extends string> = Split<M> extends HttpMethod ? never : Exclude<Split<M>, HttpMethod>;

/** The methods themselves, or a type that names the one that is unknown. `'GET,POST'` is two. */
export type CheckedMethods<M extends string | readonly string[]> = M extends readonly string[]
  ? readonly HttpMethod[]
  : M extends string
    ? string extends M
      ? M
      : [UnknownMethod<M>] extends [never]
        ? M
        : `unknown method '${UnknownMethod<M>}'`
    : never;

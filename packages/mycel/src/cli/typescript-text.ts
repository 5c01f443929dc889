import { createRequire } from 'node:module';

/** The part of esbuild that is used here. */
interface Esbuild {
  transformSync(code: string, options: Readonly<Record<string, unknown>>): { readonly code: string };
}

/** What esbuild throws: every place where the code is wrong. */
interface TransformFailure {
  readonly errors: readonly {
    readonly text: string;
    readonly location: { readonly line: number; readonly column: number } | null;
  }[];
}

let esbuild: Esbuild | undefined;

/** Code that ends too early: more lines may make it whole. */
export class IncompleteCodeError extends SyntaxError {}

/**
 * Turns TypeScript into JavaScript; `name` is the file that messages speak of. Throws a `SyntaxError` that says
 * where the code is wrong. The work is esbuild's, the one that tsx brings and uses.
 */
export function stripTypes(code: string, name: string): string {
  esbuild ??= createRequire(createRequire(import.meta.url).resolve('tsx'))('esbuild') as Esbuild;
  try {
    return esbuild.transformSync(code, options).code;
  } catch (error) {
    // That is all it throws for code.
    const [first] = (error as TransformFailure).errors ?? [];
    if (!first) throw error;
    const place = first.location ? `${name}:${first.location.line}:${first.location.column + 1}` : name;
    const message = `${place}: ${first.text}`;
    if (first.text === 'Unexpected end of file') throw new IncompleteCodeError(message, { cause: error });
    throw new SyntaxError(message, { cause: error });
  }
}

const options = {
  loader: 'ts',
  target: 'es2022',
  // An import whose name is used as a type only is left out in any case; all others stay.
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
};

/** Where a value of the configuration comes from. */
export type Origin =
  | {
      readonly kind: 'file';
      readonly file: string;
      readonly line: number;
      readonly column: number;
      /** The environment variables that `${...}` put into the value. */
      readonly variables?: readonly string[];
    }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'define'; readonly name: string }
  | { readonly kind: 'program' };

/** Names the place in the words of whoever has to go there: `config.yaml:11:12`. Holds no value, so no secret. */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'file':
      return `${origin.file}:${origin.line}:${origin.column}`;
    case 'environment':
      return `environment variable ${origin.variable}`;
    case 'define':
      return `--define ${origin.name}`;
    case 'program':
      return 'config given by the program';
  }
}

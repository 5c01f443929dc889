/** `true` if both types are the same, to the last modifier. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- how TypeScript is made to compare types
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if its argument is `true`: `same<Equal<A, B>>()`. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the type argument is the test
export function same<_T extends true>(): void {}

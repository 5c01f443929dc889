/** What declares a test: `test` of Vitest, `node:test`, Jest; `it` of Mocha. */
export interface TestFunction {
  (name: string, run: () => Promise<void>): unknown;
  skip(name: string, run: () => Promise<void>): unknown;
}

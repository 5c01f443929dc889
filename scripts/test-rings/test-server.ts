import type { RingName } from './arguments.ts';

/** A server that tests may use. Disposing it stops it, if this run started it. */
export interface TestServer extends AsyncDisposable {
  /** Where it came from, for the one line that says so. */
  readonly origin: string;
  readonly uri: string;
  /** What tests are told of it besides its URI, as environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A kind of server that some tests need. */
export interface ServerKind {
  /** Also of the ring of the tests that need it. */
  readonly name: RingName;
  /** What the names of their files end in: `redis` of `*.redis.test.ts`. */
  readonly fileMark: string;
  /** What a user can do to have one, where none was found. */
  readonly advice: string;
  /** The variable by which tests are told where it is, and a user says where one is. */
  readonly variable: string;
  /** Set for Vitest when there is none, so that the tests which need one are left out. */
  readonly withoutVariable: string;
  /**
   * Finds the one that the environment names, else the one that runs on this machine, else starts a private one from what is
   * installed. Gives `undefined` when there is none; rejects when one was named or should start, and does not answer.
   */
  find(environment?: NodeJS.ProcessEnv): Promise<TestServer | undefined>;
}

/** A server that was running before, and goes on after the tests. */
export function borrowed(uri: string, origin: string): TestServer {
  return { uri, origin, [Symbol.asyncDispose]: async () => {} };
}

import { MycelError, type MycelErrorOptions } from '../foundation/errors.ts';
import { describeOrigin, type Origin } from './origin.ts';

/** One thing that is wrong with the configuration. */
export interface ConfigProblem {
  /** Where the wrong value, or the key, was written; `undefined` if nothing was written at all. */
  readonly origin: Origin | undefined;
  /** The option: `web.address`; empty if the problem is with the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** The configuration cannot be used. Its message lists every problem with its place: `config.yaml:11:12: web.timeout: ...`. */
export class ConfigError extends MycelError {
  readonly code = 'MYCEL_CONFIG';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options: MycelErrorOptions = {}) {
    const lines = problems.map(describeProblem);
    super(
      lines.length === 1
        ? (lines[0] ?? '')
        : `${lines.length} problems in the configuration:\n${lines.map((line) => `  ${line}`).join('\n')}`,
      options,
    );
    this.problems = problems;
  }
}

/** The configuration is on a server that cannot be reached, or is not able to answer now. Trying again later may help. */
export class ConfigUnavailableError extends MycelError {
  readonly code = 'MYCEL_CONFIG_UNAVAILABLE';
}

function describeProblem({ origin, path, message }: ConfigProblem): string {
  return [origin && describeOrigin(origin), path, message].filter(Boolean).join(': ');
}

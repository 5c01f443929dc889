import { CommanderError } from 'commander';
import type { Act } from './command.ts';
import { exitCode, exitCodeFor } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { describeFailure } from './report-failure.ts';

/**
 * Runs the command line and ends the process. Each command is imported when it is chosen.
 * Failures are one message on standard error; the exit codes are listed in docs/guide/running.md.
 */
export async function main(args: readonly string[]): Promise<never> {
  let code: number = exitCode.ok;
  const act: Act = async (work) => {
    code = await work();
  };
  try {
    await createProgram(act).parseAsync(asTyped(args), { from: 'user' });
  } catch (error) {
    code = fail(error, args.includes('--verbose') || args.includes('-v'));
  }
  process.exit(code);
}

/** Commander's `help` knows the commands of the first level only: `help config show` is `config show --help`. */
function asTyped(args: readonly string[]): readonly string[] {
  const [first, ...words] = args;
  return first === 'help' && words.length > 1 ? [...words, '--help'] : args;
}

function fail(error: unknown, isVerbose: boolean): number {
  // Commander has written its message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  process.stderr.write(describeFailure(error, isVerbose));
  return exitCodeFor(error);
}

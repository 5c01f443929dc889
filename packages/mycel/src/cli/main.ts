import { CommanderError } from 'commander';
import { exitCode, exitCodeFor } from './exit-codes.ts';
import { createProgram, type Action } from './program.ts';
import { describeFailure } from './report-failure.ts';
import type { RunOptions } from './run.ts';
import type { ShowConfigOptions } from './show-config.ts';

/**
 * Runs the command line and ends the process. Each command is imported when it is chosen.
 * Failures are one message on standard error; the exit codes are listed in docs/guide/running.md.
 */
export async function main(args: readonly string[]): Promise<never> {
  let code: number = exitCode.ok;
  const act: Action = async (name, operands, options) => {
    // Commander has parsed the options as program.ts describes them, command by command.
    if (name === 'run') code = await (await import('./run.ts')).run(operands, options as RunOptions);
    if (name === 'watch') code = await (await import('./watch.ts')).watch(operands, options as RunOptions);
    if (name === 'show-config')
      code = await (await import('./show-config.ts')).showConfig(options as ShowConfigOptions);
  };
  try {
    await createProgram(act).parseAsync(args, { from: 'user' });
  } catch (error) {
    code = fail(error, args.includes('--verbose') || args.includes('-v'));
  }
  process.exit(code);
}

function fail(error: unknown, isVerbose: boolean): number {
  // Commander has written its message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  process.stderr.write(describeFailure(error, isVerbose));
  return exitCodeFor(error);
}

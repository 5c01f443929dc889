import { spawn } from 'node:child_process';

export interface CommandResult {
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  /** What it wrote to standard output and standard error, in the order it came. */
  readonly output: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds after which it is killed. @default 600_000 */
  readonly timeoutMs?: number;
}

/** Runs a command to its end and collects what it writes. A command that cannot be started has exit code 127. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { cwd = process.cwd(), env = process.env, timeoutMs = 600_000 } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', (error) => resolve({ exitCode: 127, output: `${output}${error.message}\n` }));
    child.on('close', (exitCode) => resolve({ exitCode, output }));
  });
}

/** Runs a command and gives its output; throws with that output when it fails. */
export async function runOrThrow(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { exitCode, output } = await runCommand(command, args, options);
  if (exitCode === 0) return output;
  throw new Error(`${command} ${args.join(' ')} ended with exit code ${exitCode}:\n${output.trimEnd()}`);
}

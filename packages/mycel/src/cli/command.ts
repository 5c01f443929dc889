import { type Command, Option } from 'commander';

/** Runs the work of the command that was chosen; its result is the exit code of the process. */
export type Act = (work: () => Promise<number>) => Promise<void>;

/** Describes one command of the program, and hands its work to `act`. Imports what does the work only when it is chosen. */
export type CommandDescription = (program: Command, act: Act) => void;

/** The options of every command that reads the configuration. */
export interface ConfigCommandOptions {
  readonly config?: string;
  readonly define: readonly string[];
}

/** Adds `--config` and `--define`. */
export function withConfigOptions(command: Command): Command {
  return command
    .addOption(new Option('-c, --config <file>', 'read the configuration from a YAML file, or from an http(s) URL'))
    .addOption(
      new Option('-d, --define <key=value>', 'set one option, over file and environment (can be repeated)')
        .default([], 'none')
        .argParser((definition: string, before: string[]) => [...before, definition]),
    );
}

/** Writes the examples that end a command's help. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

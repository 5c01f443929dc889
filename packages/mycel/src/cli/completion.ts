import type { Command } from 'commander';
import { bashCompletion } from './completion-bash.ts';
import { fishCompletion } from './completion-fish.ts';
import { completionTree, type CompletionNode } from './completion-tree.ts';
import { zshCompletion } from './completion-zsh.ts';
import { exitCode } from './exit-codes.ts';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } satisfies Record<
  string,
  (nodes: readonly CompletionNode[]) => string
>;

/** The shells there is a script for. */
export type Shell = keyof typeof scripts;

/** `mycel completion`: prints the script. It knows the commands by itself, so that no completion waits for Node to start. */
export async function printCompletion(shell: Shell, program: Command): Promise<number> {
  process.stdout.write(scripts[shell](completionTree(program)));
  return exitCode.ok;
}

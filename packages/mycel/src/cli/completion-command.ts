import { Argument } from 'commander';
import { type CommandDescription, examples } from './command.ts';
import type { Shell } from './completion.ts';

/** `mycel completion`. */
export const describeCompletion: CommandDescription = (program, act) => {
  program
    .command('completion')
    .description('print a script that teaches a shell to complete commands, options, their values and files')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      examples(
        "echo 'source <(mycel completion bash)' >> ~/.bashrc",
        "echo 'source <(mycel completion zsh)' >> ~/.zshrc",
        'mycel completion fish > ~/.config/fish/completions/mycel.fish',
      ),
    )
    .action(async (shell: Shell) => act(async () => (await import('./completion.ts')).printCompletion(shell, program)));
};

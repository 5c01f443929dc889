import type { Command, Help, Option } from 'commander';

/** What may stand where a value is expected. */
export type Expected =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'anything' };

/** An option of a command. */
export interface CompletionOption {
  readonly short: string | undefined;
  readonly long: string | undefined;
  readonly description: string;
  /** `undefined` if it takes no value. */
  readonly value: Expected | undefined;
  readonly isRepeatable: boolean;
}

/** An argument of a command. */
export interface CompletionArgument {
  readonly name: string;
  readonly expected: Expected;
  readonly isRepeatable: boolean;
}

/** A command, with all that may follow it on the command line. */
export interface CompletionNode {
  /** As it is typed: `mycel config show`. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletionOption[];
  readonly arguments: readonly CompletionArgument[];
}

/** Lists a command and all below it, as far as its help shows them. */
export function completionTree(command: Command, path = command.name()): CompletionNode[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const names = commands.map((child) => child.name());
  const node = {
    path,
    commands: commands.map((child) => ({ name: child.name(), description: child.description() })),
    options: help.visibleOptions(command).map(optionOf),
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      expected: expectedOf(argument.name(), argument.argChoices),
      isRepeatable: argument.variadic,
    })),
  };
  return [node, ...commands.flatMap((child) => below(child, `${path} ${child.name()}`, help, names))];
}

/** The help command is made by commander and knows of no choices: it takes the names of its siblings. */
function below(child: Command, path: string, help: Help, siblings: readonly string[]): CompletionNode[] {
  if (child.name() !== 'help') return completionTree(child, path);
  const words = siblings.filter((name) => name !== 'help');
  const argument = { name: 'command', expected: { kind: 'words', words }, isRepeatable: false } as const;
  return [{ path, commands: [], options: help.visibleOptions(child).map(optionOf), arguments: [argument] }];
}

function optionOf(option: Option): CompletionOption {
  const { short, long, description, argChoices, variadic } = option;
  const [, placeholder] = /[<[]([^>\]]+)[>\]]/.exec(option.flags) ?? [];
  return {
    short,
    long,
    description,
    value: placeholder === undefined ? undefined : expectedOf(placeholder, argChoices),
    isRepeatable: variadic || Array.isArray(option.defaultValue),
  };
}

/** What has no choices is known by the name it has in the help. */
function expectedOf(name: string, choices: readonly string[] | undefined): Expected {
  if (choices) return { kind: 'words', words: choices };
  if (/\b(?:file|module|script)/i.test(name)) return { kind: 'file' };
  return { kind: /\b(?:dir|folder)/i.test(name) ? 'folder' : 'anything' };
}

import type { CompletionNode, Expected } from './completion-tree.ts';

/** Writes the completion script for bash. It works in bash 3.2 too, which macOS has. */
export function bashCompletion(nodes: readonly CompletionNode[]): string {
  return `# Completion of mycel for bash. In ~/.bashrc: source <(mycel completion bash)
_mycel_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$cur"))
}

_mycel_words() {
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}

_mycel() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} here=${nodes[0]?.path ?? ''} i
  COMPREPLY=()
  # To bash an = is a word of its own.
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$here \${COMP_WORDS[i]}" in
      ${nodes
        .slice(1)
        .map(({ path }) => quoted(path))
        .join(' | ')}) here+=" \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$here $prev" in
${lines(nodes.flatMap(valueCases), 4)}
  esac
  if [[ $cur == -* ]]; then
    case $here in
${lines(
  nodes.map(({ path, options }) => `${quoted(path)}) _mycel_words ${quoted(options.flatMap(names).join(' '))} ;;`),
  6,
)}
    esac
  else
    case $here in
${lines(nodes.flatMap(argumentCase), 6)}
    esac
  fi
}

complete -F _mycel mycel
`;
}

/** What follows an option that takes a value. */
function valueCases({ path, options }: CompletionNode): string[] {
  return options.flatMap((option) => {
    if (!option.value) return [];
    const patterns = names(option).map((name) => quoted(`${path} ${name}`));
    return [`${patterns.join(' | ')}) ${complete(option.value)} return ;;`];
  });
}

/** Commands come before files: whoever has subcommands takes no other arguments. */
function argumentCase({ path, commands, arguments: [first] }: CompletionNode): string[] {
  const expected: Expected | undefined = commands.length
    ? { kind: 'words', words: commands.map(({ name }) => name) }
    : first?.expected;
  return expected && expected.kind !== 'anything' ? [`${quoted(path)}) ${complete(expected)} ;;`] : [];
}

function complete(expected: Expected): string {
  switch (expected.kind) {
    case 'words':
      return `_mycel_words ${quoted(expected.words.join(' '))};`;
    case 'file':
      return '_mycel_files -f;';
    case 'folder':
      return '_mycel_files -d;';
    case 'anything':
      return '';
  }
}

function names({ short, long }: { short: string | undefined; long: string | undefined }): string[] {
  return [short, long].filter((name) => name !== undefined);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function lines(parts: readonly string[], indent: number): string {
  return parts.map((part) => ' '.repeat(indent) + part).join('\n');
}

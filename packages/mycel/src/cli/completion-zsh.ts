import type { CompletionArgument, CompletionNode, CompletionOption, Expected } from './completion-tree.ts';

/** Writes the completion script for zsh: one function a command, each an `_arguments`. */
export function zshCompletion(nodes: readonly CompletionNode[]): string {
  return `#compdef mycel
# Completion of mycel for zsh. In ~/.zshrc, after compinit: source <(mycel completion zsh)
${nodes.map(functionOf).join('\n')}
if [[ $funcstack[1] == _mycel ]]; then _mycel "$@"; else compdef _mycel mycel; fi
`;
}

function functionOf({ path, commands, options, arguments: positional }: CompletionNode): string {
  const specs = options.map(optionSpec);
  if (commands.length === 0) {
    specs.push(...positional.map(argumentSpec));
    return `${nameOf(path)}() {\n  _arguments -s${specs.map((spec) => ` \\\n    ${spec}`).join('')}\n}\n`;
  }
  const described = commands.map(({ name, description }) => quoted(`${name.replaceAll(':', '\\:')}:${description}`));
  const cases = commands.map(({ name }) => `        ${name}) ${nameOf(`${path} ${name}`)} ;;`);
  return `${nameOf(path)}() {
  local curcontext="$curcontext" context state line
  typeset -A opt_args
  local -a commands=(
${described.map((command) => `    ${command}`).join('\n')}
  )
  _arguments -C -s${[...specs, "'1: :->command'", "'*:: :->rest'"].map((spec) => ` \\\n    ${spec}`).join('')}
  case $state in
    command) _describe -t commands command commands ;;
    rest)
      case $line[1] in
${cases.join('\n')}
      esac
      ;;
  esac
}
`;
}

function optionSpec({ short, long, description, value, isRepeatable }: CompletionOption): string {
  const taken = value ? `:value:${action(value)}` : '';
  const text = quoted(`[${description.replaceAll(/[[\]\\]/g, String.raw`\$&`)}]${taken}`);
  const full = long && (value ? `${long}=` : long);
  const both = short && full ? `{${short},${full}}` : (full ?? short ?? '');
  if (isRepeatable) return `'*'${both}${text}`;
  const alternatives = [short, long].filter(Boolean).join(' ');
  return `'(${alternatives})'${both}${text}`;
}

function argumentSpec({ name, expected, isRepeatable }: CompletionArgument, index: number): string {
  return quoted(`${isRepeatable ? '*' : index + 1}:${name.replaceAll(':', '\\:')}:${action(expected)}`);
}

function action(expected: Expected): string {
  switch (expected.kind) {
    case 'words':
      return `(${expected.words.join(' ')})`;
    case 'file':
      return '_files';
    case 'folder':
      return '_files -/';
    case 'anything':
      return ' ';
  }
}

function nameOf(path: string): string {
  return `_${path.replaceAll(/\W/g, '_')}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

import type { CompletionNode, CompletionOption, Expected } from './completion-tree.ts';

/** Writes the completion script for fish. */
export function fishCompletion(nodes: readonly CompletionNode[]): string {
  const [root] = nodes;
  return `# Completion of mycel for fish: mycel completion fish > ~/.config/fish/completions/mycel.fish
function __mycel_at
    set -l here ${root?.path ?? ''}
    for word in (commandline -opc)[2..-1]
        switch "$here $word"
            case ${nodes
              .slice(1)
              .map(({ path }) => quoted(path))
              .join(' ')}
                set here "$here $word"
        end
    end
    test "$here" = "$argv"
end

complete -c mycel -f
${nodes.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ path, commands, options, arguments: [first] }: CompletionNode): string[] {
  const rule = `complete -c mycel -n ${quoted(`__mycel_at ${path}`)}`;
  return [
    ...commands.map(({ name, description }) => `${rule} -a ${name} -d ${quoted(description)}`),
    ...options.map((option) => `${rule} ${optionFlags(option)} -d ${quoted(option.description)}`),
    ...(first && first.expected.kind !== 'anything' ? [`${rule} ${values(first.expected)}`] : []),
  ];
}

function optionFlags({ short, long, value }: CompletionOption): string {
  const names = [short && `-s ${short.slice(1)}`, long && `-l ${long.slice(2)}`].filter(Boolean).join(' ');
  if (!value) return names;
  return value.kind === 'anything' ? `${names} -x` : `${names} -r ${values(value)}`;
}

function values(expected: Exclude<Expected, { kind: 'anything' }>): string {
  switch (expected.kind) {
    case 'words':
      return `-f -a ${quoted(expected.words.join(' '))}`;
    case 'file':
      return '-F';
    case 'folder':
      return "-f -a '(__fish_complete_directories)'";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}

/** A fenced block of code in a Markdown page. */
export interface CodeBlock {
  /** The first word behind the fence: `ts`, `bash`; empty if there is none. */
  readonly language: string;
  readonly text: string;
  /** Where its first fence stands. */
  readonly line: number;
  /** What the comment right above the block names: `<!-- file: docs/snippets/orders.ts#service -->`. */
  readonly source: BlockSource | undefined;
}

/** Where the code of a block stands for real. */
export interface BlockSource {
  readonly file: string;
  /** A region of the file; without one the block is any passage of it. */
  readonly region: string | undefined;
}

/** Reads the fenced blocks of a Markdown page. A fence without an end runs to the end of the page. */
export function readCodeBlocks(page: string): CodeBlock[] {
  const lines = page.split('\n');
  const blocks: CodeBlock[] = [];
  for (let index = 0; index < lines.length; index++) {
    const [, indent = '', fence, language = ''] = /^(\s*)(`{3,}|~{3,})\s*(\S*)/.exec(lines[index] ?? '') ?? [];
    if (fence === undefined) continue;
    const rest = lines.slice(index + 1);
    const end = rest.findIndex((line) => line.trim().startsWith(fence));
    const code = (end < 0 ? rest : rest.slice(0, end)).map((line) => withoutIndent(line, indent));
    blocks.push({ language, text: code.join('\n'), line: index + 1, source: readSource(lines[index - 1]) });
    index += code.length + 1;
  }
  return blocks;
}

function withoutIndent(line: string, indent: string): string {
  return line.startsWith(indent) ? line.slice(indent.length) : line;
}

function readSource(line: string | undefined): BlockSource | undefined {
  const [, file, region] = /^\s*<!-- file: ([^\s#]+)(?:#(\S+))? -->\s*$/.exec(line ?? '') ?? [];
  return file === undefined ? undefined : { file, region };
}

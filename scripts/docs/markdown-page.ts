/** A link of a page, relative or not. */
export interface Link {
  readonly target: string;
  /** What is shown when a pointer rests on it: `[text](target "title")`. */
  readonly title: string | undefined;
  readonly line: number;
}

export interface Heading {
  readonly text: string;
  readonly line: number;
}

/** What is checked of a Markdown page. Code, fenced or inline, holds no links and no headings. */
export interface MarkdownPage {
  readonly links: readonly Link[];
  readonly headings: readonly Heading[];
  /** The fragments that lead into the page: those GitHub makes of the headings, and `id`s written as HTML. */
  readonly anchors: ReadonlySet<string>;
}

const titlePart = String.raw`(?:\s+("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'))?`;
const inlineLink = new RegExp(String.raw`\]\(\s*<?([^)\s>]+)>?${titlePart}\s*\)`, 'g');
/** `[label]: target "title"`, to which `[text][label]` and `[label]` lead. */
const definition = new RegExp(String.raw`^ {0,3}\[([^\]]+)\]:\s*<?([^\s>]+)>?${titlePart}`);

function linkOf(target: string, quoted: string | undefined, line: number): Link {
  return { target, title: quoted?.slice(1, -1).replaceAll(/\\(.)/g, '$1'), line };
}

/** Reads the definition of a link, if a line is one. */
export function readDefinition(line: string): { readonly label: string; readonly target: string } | undefined {
  const [, label, target] = definition.exec(line) ?? [];
  return label === undefined || target === undefined ? undefined : { label, target };
}

/** Reads a Markdown page. */
export function readMarkdown(text: string): MarkdownPage {
  const links: Link[] = [];
  const headings: Heading[] = [];
  const ids: string[] = [];
  for (const { content, line } of linesOutsideFences(text)) {
    const heading = /^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$/.exec(content)?.[1];
    if (heading !== undefined) headings.push({ text: heading, line });
    const prose = content.replace(/(`+).*?\1/g, '');
    for (const [, target = '', title] of prose.matchAll(inlineLink)) links.push(linkOf(target, title, line));
    const [, , target, title] = definition.exec(prose) ?? [];
    if (target !== undefined) links.push(linkOf(target, title, line));
    for (const [, address = ''] of prose.matchAll(/\b(?:href|src)="([^"]+)"/g))
      links.push(linkOf(address, undefined, line));
    for (const [, id = ''] of prose.matchAll(/\b(?:id|name)="([^"]+)"/g)) ids.push(id);
  }
  return { links, headings, anchors: new Set([...anchorsOf(headings), ...ids]) };
}

function linesOutsideFences(text: string): { content: string; line: number }[] {
  let fence: string | undefined;
  return text.split('\n').flatMap((content, index) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(content)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence)) fence = undefined;
      return [];
    }
    fence = mark;
    return mark === undefined ? { content, line: index + 1 } : [];
  });
}

function anchorsOf(headings: readonly Heading[]): string[] {
  const seen = new Map<string, number>();
  return headings.map(({ text }) => {
    const slug = slugOf(text);
    const earlier = seen.get(slug) ?? 0;
    seen.set(slug, earlier + 1);
    return earlier === 0 ? slug : `${slug}-${earlier}`;
  });
}

/** GitHub's way: lower case, the text of links, no punctuation but `-` and `_`, a hyphen for each space. */
function slugOf(heading: string): string {
  const plain = heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1');
  return plain
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}

import { Document, type Pair, type Scalar } from 'yaml';
import { effectiveOptions, type EffectiveOption } from '../config/effective-options.ts';
import { loadConfig } from '../config/load-config.ts';
import { describeOrigin, type Origin } from '../config/origin.ts';
import type { ConfigSection } from '../foundation/config-section.ts';
import { joinPath } from '../foundation/schema.ts';
import type { ConfigCommandOptions } from './command.ts';
import { exitCode } from './exit-codes.ts';
import { checkSections, knownSections } from './known-sections.ts';

/** The options of `mycel config show`, as commander gives them. */
export interface ShowOptions extends ConfigCommandOptions {
  readonly origin?: boolean;
  readonly json?: boolean;
}

/** `mycel config show`: prints every option that has a value, secrets masked. A configuration with mistakes is reported instead. */
export async function showConfig(modules: readonly string[], options: ShowOptions): Promise<number> {
  const config = await loadConfig({ file: options.config, define: options.define });
  const sections = await knownSections(modules);
  const unread = checkSections(config, sections, modules);
  const found = sections.flatMap((section) => effectiveOptions(config, section));
  const write = options.json ? asJson : asYaml;
  process.stdout.write(write(found, sections, options.origin ?? false));
  if (unread.length) {
    process.stderr.write(`mycel: not shown, as only a service can read it: ${unread.join(', ')}; name its module\n`);
  }
  return exitCode.ok;
}

function asYaml(found: readonly EffectiveOption[], sections: readonly ConfigSection[], withOrigin: boolean): string {
  const document = new Document({});
  for (const { path, value, origin } of found) {
    const node = document.createNode(value, { flow: true });
    if (withOrigin) node.comment = ` ${describe(origin)}`;
    document.setIn(path, node);
  }
  for (const { key, description } of sections) {
    // A document made from a map has pairs of nodes.
    const pair = (document.contents as { items: Pair<Scalar>[] }).items.find((item) => String(item.key) === key);
    if (pair && typeof pair.key === 'string') pair.key = document.createNode(pair.key) as Scalar;
    if (pair && description) pair.key.commentBefore = ` ${description}`;
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function asJson(found: readonly EffectiveOption[], _sections: readonly ConfigSection[], withOrigin: boolean): string {
  if (withOrigin) {
    const entries = found.map(({ path, value, origin }) => [joinPath('', path), { value, origin: describe(origin) }]);
    return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
  }
  const document = new Document({});
  for (const { path, value } of found) document.setIn(path, value);
  return `${JSON.stringify(document.toJS(), null, 2)}\n`;
}

function describe(origin: Origin | undefined): string {
  if (!origin) return 'default';
  const variables = origin.kind === 'file' ? origin.variables : undefined;
  const through = variables?.map((variable) => `\${${variable}}`).join(', ');
  return describeOrigin(origin) + (through ? ` (${through})` : '');
}

import type { ServiceListing } from '../app/service-listing.ts';
import type { ShellNames } from './shell-scope.ts';

/** Names that fit, and the beginning that was typed. */
export type Completion = [hits: string[], typed: string];

const names = ['rpc', 'call', 'dispatch', 'services', 'context', 'config'] as const satisfies (keyof ShellNames)[];

const text = `(['"\`])([^'"\`]*)`;
const patterns: readonly [RegExp, (listing: ServiceListing, ...groups: string[]) => Iterable<string>][] = [
  [/\bn\.rpc\.([\w$]+)\.([\w$]*)$/, (listing, service) => methods(listing, service)],
  [
    /\bn\.rpc\.([\w$]*)$/,
    (listing) => listing.names.filter((name) => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)),
  ],
  [/\bn\.rpc\[(['"`])([^'"`]*)$/, (listing) => listing.names],
  [new RegExp(`\\bn\\.dispatch\\(\\s*${text}$`), (listing) => listing.events().keys()],
  [
    new RegExp(`\\bn\\.dispatch\\(\\s*${text}\\1\\s*,\\s*(['"\`])([^'"\`]*)$`),
    (listing, _quote, source = '') => listing.events().get(source) ?? [],
  ],
  [new RegExp(`\\bn\\.call\\(\\s*${text}$`), (listing) => listing.names],
  [
    new RegExp(`\\bn\\.call\\(\\s*${text}\\1\\s*,\\s*(['"\`])([^'"\`]*)$`),
    (listing, _quote, service) => methods(listing, service),
  ],
  [/\bn\.(\w*)$/, () => names],
];

/** Completes the names of services, methods and events; `undefined` where none of them is being typed. */
export function completeNames(line: string, listing: ServiceListing): Completion | undefined {
  for (const [pattern, candidates] of patterns) {
    const match = pattern.exec(line);
    if (!match) continue;
    const typed = match.at(-1) ?? '';
    const hits = [...candidates(listing, ...match.slice(1))].filter((name) => name.startsWith(typed));
    return [hits.toSorted(), typed];
  }
  return undefined;
}

function methods(listing: ServiceListing, service = ''): string[] {
  return listing.rpcs(service).map(({ method }) => method);
}

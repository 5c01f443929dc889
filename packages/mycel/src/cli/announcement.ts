import type { Assembly } from '../app/assembly.ts';
import { manifestOf, type Manifest, type ManifestEntry } from '../core/manifest.ts';
import type { Logger } from '../foundation/logger.ts';
import { formatAddress, type ListenAddress } from '../web/listen-address.ts';

/** How an announcement is made. */
export interface AnnouncementOptions {
  readonly logger: Logger;
  /** `pretty` is written to standard output for people; `json` is one log record. */
  readonly format: 'pretty' | 'json';
}

/** Tells what has started: the services, their entrypoints, where the broker is, how to try and how to stop. */
export function announce({ runner, transport, web }: Assembly, { logger, format }: AnnouncementOptions): void {
  const manifests = runner.containers.map(manifestOf);
  const endpoints = {
    transport: transport.target,
    isEmbedded: transport.isEmbedded,
    web: urlOf(web.server?.address),
  };
  if (format === 'pretty') process.stdout.write(describeStart(manifests, endpoints));
  else {
    const services = manifests.map(({ service, instance }) => ({ service, instance }));
    logger.info(
      { services, transport: endpoints.transport, web: endpoints.web },
      `started ${services.map(({ service }) => service).join(', ')}`,
    );
  }
}

/** An address as a URL that works on this machine: one that means every interface becomes `localhost`. */
function urlOf(address: ListenAddress | undefined): string | undefined {
  if (!address) return undefined;
  const isEvery = address.host === undefined || address.host === '0.0.0.0' || address.host === '::';
  return `http://${isEvery ? `localhost:${address.port}` : formatAddress(address)}`;
}

/** Where the process listens and is connected. */
export interface Endpoints {
  /** The broker, without passwords. */
  readonly transport: string | undefined;
  /** The broker is the embedded one, which a shell on this machine finds. */
  readonly isEmbedded: boolean;
  /** The web server: `http://127.0.0.1:8000`. */
  readonly web: string | undefined;
}

/** Writes the announcement for people. */
export function describeStart(manifests: readonly Manifest[], { transport, isEmbedded, web }: Endpoints): string {
  const lines = [''];
  for (const { service, entrypoints } of manifests) {
    lines.push(
      `  ${service}`,
      ...entrypoints.map((entry) => `    ${entry.kind.padEnd(6)} ${describeEntry(entry, web)}`),
      '',
    );
  }
  if (transport) lines.push(`  broker  ${transport}`);
  if (web) lines.push(`  web     ${web}`);
  const tries = web
    ? manifests.flatMap(({ entrypoints }) => entrypoints).flatMap((entry) => commandToTry(entry, web))
    : [];
  const commands = [...tries.slice(0, 3), ...(isEmbedded ? ['npx mycel shell'] : [])];
  if (commands.length) lines.push('', '  try', ...commands.map((command) => `    ${command}`));
  lines.push('', '  ctrl-c to stop', '', '');
  return lines.join('\n');
}

/** Writes one entrypoint; `web` is where HTTP requests go. */
export function describeEntry({ kind, method, ...details }: ManifestEntry, web?: string): string {
  if (kind === 'rpc')
    return method + (/^\((?!unnamed )[\w$., ={}]*\)$/.exec(text(details['parameters'] ?? ''))?.[0] ?? '');
  if (kind === 'event') return `${method} on ${text(details['source'])}.${text(details['type'])}`;
  if (kind === 'http') return `${verbs(details).join(',')} ${web ?? ''}${text(details['rule'])} -> ${method}`;
  if (kind === 'timer') return `${method} every ${text(details['intervalMs'])} ms`;
  const rest = Object.entries(details).map(([key, value]) => `${key} ${text(value)}`);
  return [method, ...rest].join('  ');
}

/** A GET route is easy to try: its parameters get a value that fits the rule's converters. */
function commandToTry({ kind, ...details }: ManifestEntry, web: string): string[] {
  if (kind !== 'http' || !verbs(details).includes('GET')) return [];
  const path = text(details['rule']).replaceAll(
    /<(?:(\w+)(?:\(([^)]*)\))?:)?\s*(\w+)\s*>/g,
    (_rule, converter: string | undefined, options: string | undefined, name: string) =>
      exampleOf(converter, options ?? '') ?? name,
  );
  return [`curl ${/^[\w/.:~-]+$/.test(path) ? web + path : `'${web}${path}'`}`];
}

function exampleOf(converter: string | undefined, options: string): string | undefined {
  switch (converter) {
    case 'int':
      return /min=(\d+)/.exec(options)?.[1] ?? '1';
    case 'float':
      return '1.5';
    case 'uuid':
      return '00000000-0000-4000-8000-000000000000';
    case 'any':
      return options.split(',')[0]?.trim();
    default:
      return undefined;
  }
}

function verbs({ methods }: Record<string, unknown>): string[] {
  return Array.isArray(methods) ? methods.map(text) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

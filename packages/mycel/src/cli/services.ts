import type { KnownInstance, KnownService } from '../app/known-service.ts';
import type { ServiceListing } from '../app/service-listing.ts';
import { durationMs } from '../foundation/duration.ts';
import { describeEntry } from './announcement.ts';
import type { ClientCommandOptions } from './client-options.ts';
import { exitCode } from './exit-codes.ts';
import { openClient } from './open-client.ts';

/** The options of `mycel services`, as commander gives them. */
export interface ServicesOptions extends ClientCommandOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** `mycel services`: lists who is on the bus. */
export async function services(options: ServicesOptions): Promise<number> {
  const { client, target } = await openClient(options);
  try {
    const { timeout } = options;
    const listing = await client.list(timeout === undefined ? {} : { timeoutMs: durationMs(timeout) });
    process.stdout.write(options.json ? listAsJson(listing) : describeListing(listing, target, options.verbose));
    return exitCode.ok;
  } finally {
    await client.close();
  }
}

function listAsJson({ services: known, others, silent }: ServiceListing): string {
  const grouped = known.map(({ name, instances }) => ({ name, instances }));
  return `${JSON.stringify({ services: grouped, others, silent }, undefined, 2)}\n`;
}

/** Writes for people who is on the bus; `target` is where the broker is. */
export function describeListing(listing: ServiceListing, target: string, isVerbose = false): string {
  const { services: known, others, silent } = listing;
  const lines: string[] = [];
  if (known.length + others.length === 0) lines.push(`no service is on the bus at ${target}`);
  else lines.push(...table([header, ...known.map(describeService), ...others.map(describeOther)]));
  if (isVerbose) {
    for (const { name, entrypoints } of known) {
      const entries = entrypoints.map((entry) => `  ${entry.kind.padEnd(6)} ${describeEntry(entry)}`);
      lines.push('', name, ...entries);
    }
  }
  if (silent > 0) {
    const processes = silent === 1 ? '1 process is' : `${silent} processes are`;
    lines.push('', `${processes} there and did not answer: busy, hung, or just ended`);
  }
  return `${lines.join('\n')}\n`;
}

const header = ['SERVICE', 'INSTANCES', 'VERSION', 'ENTRYPOINTS', 'WHERE'];

function describeService({ name, instances, entrypoints }: KnownService): string[] {
  const versions = new Set(instances.map(({ version }) => version ?? '-'));
  return [
    name,
    String(instances.length),
    [...versions].join(', '),
    String(entrypoints.length),
    instances.map(placeOf).toSorted().join(', '),
  ];
}

function describeOther(name: string): string[] {
  return [name, '-', '-', '-', 'takes calls, does not describe itself'];
}

function placeOf({ host = '?', pid }: KnownInstance): string {
  return pid === undefined ? host : `${host}:${pid}`;
}

/** Writes rows in columns. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

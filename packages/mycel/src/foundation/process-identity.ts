import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';

/** What tells a process from others on the bus, and what it runs. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** The version of Mycel. */
  readonly mycel: string;
  /** The version in the nearest package.json of the folder that the process was started in, if there is one. */
  readonly version?: string;
}

let known: ProcessIdentity | undefined;

/** Describes this process. Reads the disk once. */
export function processIdentity(): ProcessIdentity {
  known ??= identify(process.cwd());
  return known;
}

function identify(folder: string): ProcessIdentity {
  const mycel = versionIn(new URL('../../package.json', import.meta.url)) ?? 'unknown';
  const version = nearestVersion(folder);
  return { host: hostname(), pid: process.pid, mycel, ...(version === undefined ? {} : { version }) };
}

/** Reads the version of the package that a folder belongs to. */
export function nearestVersion(folder: string): string | undefined {
  const version = versionIn(join(folder, 'package.json'));
  const above = dirname(folder);
  return version ?? (above === folder ? undefined : nearestVersion(above));
}

function versionIn(file: string | URL): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined; // No package, or one whose description cannot be read: it has no version to tell.
  }
}

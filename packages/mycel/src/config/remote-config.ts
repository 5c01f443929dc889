import { messageOf } from '../foundation/errors.ts';
import { ConfigError, ConfigUnavailableError } from './config-error.ts';
import { showLocation } from './config-location.ts';

/** How much a server is trusted with. */
export interface RemoteLimits {
  /** For everything: connecting, redirects, the whole text. @default 10 s */
  readonly timeMs?: number;
  /** Of the text, decompressed. @default 1 MiB */
  readonly bytes?: number;
  /** @default 5 */
  readonly redirects?: number;
}

const defaults = { timeMs: 10_000, bytes: 1_048_576, redirects: 5 } as const;

/**
 * Fetches a configuration. A user and password in the URL are sent to that server only, not to where it redirects.
 * Rejects with a `ConfigUnavailableError` if trying again may help, otherwise with a `ConfigError`; both name the URL.
 */
export async function fetchConfigText(address: string, limits: RemoteLimits = {}): Promise<string> {
  const { timeMs, bytes } = { ...defaults, ...limits };
  const shown = showLocation(address);
  if (!URL.canParse(address)) throw refused(shown, 'is no valid URL');
  const timeout = AbortSignal.timeout(timeMs);
  const done = new AbortController(); // lets go of the connection, whatever was read of the answer
  const signal = AbortSignal.any([timeout, done.signal]);
  try {
    const response = await follow(new URL(address), limits.redirects ?? defaults.redirects, signal);
    checkAnswer(response, shown);
    return await readText(response, bytes, shown);
  } catch (error) {
    if (error instanceof ConfigError || error instanceof ConfigUnavailableError) throw error;
    const why = timeout.aborted ? `no answer within ${timeMs / 1000} s` : reasonOf(error);
    throw new ConfigUnavailableError(`the configuration at ${shown} cannot be read: ${why}`, { cause: error });
  } finally {
    done.abort();
  }
}

/** Follows redirects itself: `fetch` would follow twenty, and from https to http too. */
async function follow(start: URL, most: number, signal: AbortSignal): Promise<Response> {
  let url = start;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(withoutUser(url), { redirect: 'manual', signal, headers: headersFor(url) });
    const location = response.headers.get('location');
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    if (next?.protocol !== 'https:' && next?.protocol !== url.protocol) {
      throw refused(
        showLocation(start.href),
        `redirects to ${next ? showLocation(next.href) : 'no valid URL'}, which is not followed`,
      );
    }
    if (redirects === most) throw refused(showLocation(start.href), `redirects more than ${most} times`);
    if (next.origin === url.origin) [next.username, next.password] = [url.username, url.password];
    else [next.username, next.password] = ['', ''];
    url = next;
  }
}

function withoutUser(url: URL): URL {
  const bare = new URL(url);
  [bare.username, bare.password] = ['', ''];
  return bare;
}

function headersFor({ username, password }: URL): Record<string, string> {
  const accept = 'application/yaml, application/json, text/yaml, text/plain, */*;q=0.1';
  if (!username && !password) return { accept };
  const credentials = [username, password].map(decoded).join(':');
  return { accept, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** Undoes the escapes of a URL; text with a stray `%` is taken as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function checkAnswer({ status, statusText, headers }: Response, shown: string): void {
  const said = `the server answered ${[status, statusText].join(' ').trim()}`;
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    throw new ConfigUnavailableError(`the configuration at ${shown} cannot be read: ${said}`);
  }
  if (status !== 200) throw refused(shown, `cannot be read: ${said}`);
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  // Servers know YAML by many names, or take it for plain text or bytes.
  if (type && !/[/+](?:x-|vnd\.)?(?:yaml|yml|json)$|^text\/plain$|\/octet-stream$/.test(type)) {
    throw refused(shown, `is ${type}, and a configuration is YAML or JSON`);
  }
}

async function readText(response: Response, most: number, shown: string): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Node's own streams can be iterated; TypeScript's types of the web's do not say so.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > most) throw refused(shown, `is larger than ${most} bytes`);
    chunks.push(chunk);
  }
  try {
    return decoder.decode(Buffer.concat(chunks));
  } catch (error) {
    throw refused(shown, 'is not text in UTF-8', error);
  }
}

function refused(shown: string, message: string, cause?: unknown): ConfigError {
  return new ConfigError([{ origin: undefined, path: shown, message }], cause === undefined ? {} : { cause });
}

/** `fetch` says "fetch failed", and keeps why to itself. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  return cause instanceof Error ? messageOf(cause) || String((cause as NodeJS.ErrnoException).code) : messageOf(error);
}

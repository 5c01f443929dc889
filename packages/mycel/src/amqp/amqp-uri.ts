import { UsageError } from '../foundation/errors.ts';
import type { ConnectOptions } from '../protocol/client/index.ts';

const schemes: Readonly<Record<string, boolean>> = { 'amqp:': false, 'pyamqp:': false, 'amqps:': true };

/**
 * Reads `amqp://user:password@host:port/vhost` (https://www.rabbitmq.com/docs/uri-spec), with `amqps` for TLS, kombu's
 * `pyamqp`, and RabbitMQ's query parameters `heartbeat`, `connection_timeout`, `channel_max`, `frame_max`, `auth_mechanism=external`
 * (https://www.rabbitmq.com/docs/uri-query-parameters). Several are parted by `;` or `,`. Throws a `UsageError`.
 */
export function parseAmqpUris(uris: string): ConnectOptions[] {
  // Either may also stand in a password.
  const parts = uris.split(/[;,](?=\s*(?:[a-z]+:\/\/|$))/i).map((uri) => uri.trim());
  return parts.filter((uri) => uri !== '').map(parseAmqpUri);
}

function parseAmqpUri(text: string): ConnectOptions {
  const uri = URL.canParse(text) ? new URL(text) : undefined;
  const tls = uri && schemes[uri.protocol];
  if (!uri || tls === undefined || uri.hostname === '' || /[;,]/.test(uri.hostname)) {
    const advice = text.includes('@')
      ? " (percent-encode what is special in the password: '/' is %2F, '@' is %40)"
      : '';
    throw new UsageError(
      `'${maskUri(text)}' is not an AMQP URI; write amqp://user:password@host:5672/vhost, or amqps:// for TLS${advice}`,
    );
  }
  const decode = (part: string): string => decodePart(part, text);
  const vhost = vhostOf(uri.pathname, decode);
  const options: ConnectOptions = { host: uri.hostname.replace(/^\[|\]$/g, ''), tls, vhost };
  if (uri.port) options.port = Number(uri.port);
  readQuery(uri, options);
  if (uri.searchParams.get('auth_mechanism')?.toLowerCase() === 'external')
    options.credentials = { mechanism: 'EXTERNAL' };
  else if (uri.username) {
    options.credentials = {
      mechanism: 'PLAIN',
      username: decode(uri.username),
      password: decode(uri.password),
    };
  }
  return options;
}

/** No path is the default virtual host; so is `/`, as every client but the specification has it. */
function vhostOf(pathname: string, decode: (part: string) => string): string {
  return pathname === '' || pathname === '/' ? '/' : decode(pathname.slice(1));
}

function decodePart(part: string, text: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new UsageError(`a part of an AMQP URI is not percent-encoded right ('%' itself is %25): '${maskUri(text)}'`);
  }
}

function readQuery(uri: URL, options: ConnectOptions): void {
  const number = (name: string): number | undefined => {
    const text = uri.searchParams.get(name);
    if (text === null) return undefined;
    if (!/^\d+$/.test(text))
      throw new UsageError(`'${maskUri(uri.href)}': ${name} must be a whole number, not '${text}'`);
    return Number(text);
  };
  const heartbeatSeconds = number('heartbeat');
  const connectTimeoutMs = number('connection_timeout');
  const channelMax = number('channel_max');
  const frameMax = number('frame_max');
  if (heartbeatSeconds !== undefined) options.heartbeatSeconds = heartbeatSeconds;
  if (connectTimeoutMs !== undefined) options.connectTimeoutMs = connectTimeoutMs;
  if (channelMax !== undefined) options.channelMax = channelMax;
  if (frameMax !== undefined) options.frameMax = frameMax;
}

/** What stands between a user's name and the last `@` before the next URI: passwords are also masked where they break the URI. */
const password = /([a-z]+:\/\/(?:(?![;,]\s*[a-z]+:\/\/)[^\s:@/])*):(?:(?![;,]\s*[a-z]+:\/\/)[^\n])*@/gi;

/** Replaces the password of a URI, or of each of several, by `***`: for logs and messages. */
export function maskUri(uris: string): string {
  return uris.replace(password, '$1:***@');
}

/** Writes where a connection goes, without the password: `amqp://guest@127.0.0.1:5672/`. */
export function describeTarget(options: ConnectOptions): string {
  const { credentials, tls, host = '127.0.0.1', vhost = '/' } = options;
  const user = credentials && credentials.mechanism !== 'EXTERNAL' ? `${credentials.username}@` : '';
  const path = vhost === '/' ? '/' : `/${encodeURIComponent(vhost)}`;
  return `${tls ? 'amqps' : 'amqp'}://${user}${host}:${options.port ?? (tls ? 5671 : 5672)}${path}`;
}

import type { ConnectOptions } from '../../packages/mycel/src/protocol/client/index.ts';

/** What a test's AMQP URI says, in the options of the client. */
export interface UriOptions extends ConnectOptions {
  readonly credentials: { readonly mechanism: 'PLAIN'; readonly username: string; readonly password: string };
}

/** Reads an `amqp://user:password@host:port/vhost` into the options of the client. */
export function connectOptionsOf(uri: string): UriOptions {
  const { hostname, port, username, password, pathname } = new URL(uri);
  return {
    host: hostname,
    port: Number(port || 5672),
    vhost: decodeURIComponent(pathname.slice(1)) || '/',
    credentials: {
      mechanism: 'PLAIN',
      username: decodeURIComponent(username),
      password: decodeURIComponent(password),
    },
  };
}

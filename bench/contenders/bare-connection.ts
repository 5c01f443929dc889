// The client under Mycel has no door of its own: it is taken from the build.
import { AmqpConnection } from '../../packages/mycel/dist/protocol/client/index.js';

/** Opens a connection of Mycel's own AMQP client. */
export function connectBare(uri: string): Promise<AmqpConnection> {
  const { hostname, port, username, password, pathname } = new URL(uri);
  return AmqpConnection.connect({
    host: hostname,
    port: port === '' ? 5672 : Number(port),
    vhost: decodeURIComponent(pathname.slice(1)) || '/',
    credentials: {
      mechanism: 'PLAIN',
      username: decodeURIComponent(username) || 'guest',
      password: decodeURIComponent(password) || 'guest',
    },
  });
}

import { join } from 'node:path';

/** What a private RabbitMQ node is known by, and where it keeps what it has. */
export interface PrivateNode {
  readonly name: string;
  /** The home of its user, where the Erlang cookie is: one for all nodes that are to know each other. */
  readonly home: string;
  /** With `rabbitmq.conf`, `enabled_plugins` and, where there is more to say, `advanced.config`. */
  readonly folder: string;
  readonly ports: { readonly amqp: number; readonly distribution: number; readonly epmd: number };
}

/** The environment of RabbitMQ's scripts for a node that shares nothing with one that is installed. */
export function nodeEnvironment({ name, home, folder, ports }: PrivateNode): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: home,
    ERL_EPMD_PORT: String(ports.epmd),
    RABBITMQ_NODENAME: name,
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
  };
}

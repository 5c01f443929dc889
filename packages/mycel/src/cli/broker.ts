import { isLoopbackAddress } from '../broker/server/loopback.ts';
import { type EmbeddedBroker, startBroker } from '../broker/server/start-broker.ts';
import { deferred } from '../foundation/deferred.ts';
import { createLogger, type LogFormat, type LoggerOptions, resolveFormat } from '../foundation/pino-logger.ts';
import { maskUris } from '../foundation/mask-secrets.ts';
import { LifeLine } from './life-line.ts';

/** The options of `mycel broker`, as commander gives them. */
export interface BrokerOptions {
  readonly port: number;
  readonly host: string;
  /** Each `name:password`. */
  readonly user: readonly string[];
  readonly vhost: readonly string[];
  /** Bytes. */
  readonly memoryLimit: number;
  readonly logLevel: NonNullable<LoggerOptions['level']>;
  readonly logFormat: LogFormat;
}

/** `mycel broker`: runs the embedded broker until it is told to stop, and resolves with the exit code. */
export async function broker(options: BrokerOptions): Promise<number> {
  const { port, host, user, vhost, memoryLimit, logLevel, logFormat } = options;
  const lifeLine = new LifeLine();
  const logger = await createLogger({ level: logLevel, format: logFormat });
  lifeLine.logTo(logger, 0);
  const running = await startBroker({
    port,
    host,
    logger,
    memoryLimitBytes: memoryLimit,
    onNotice: (text) => logger.info({}, text),
    ...(user.length > 0 ? { users: Object.fromEntries(user.map(splitUser)) } : {}),
    ...(vhost.length > 0 ? { vhosts: vhost } : {}),
  });
  const stopped = deferred();
  const stop = async (): Promise<void> => {
    await running.close();
    stopped.resolve();
  };
  lifeLine.hold({ stop, kill: stop });
  const guestOnly = user.length === 0 && !isLoopbackAddress(running.server.address.host);
  if (resolveFormat(logFormat) === 'pretty') process.stdout.write(describeBroker(running, guestOnly));
  else {
    const { uri, statusUrl: status } = running;
    const promise = 'it keeps everything in memory, and loses it when it ends';
    logger.info({ uri, status }, `the embedded broker listens at ${uri}: ${promise}`);
    if (guestOnly) logger.warn({}, guestNote);
  }
  await stopped.promise;
  return lifeLine.ended();
}

const guestNote =
  "the only user is 'guest', who may connect from this machine only: for others, add --user name:password";

/** Writes for people what has started. */
function describeBroker({ uri, statusUrl }: EmbeddedBroker, guestOnly: boolean): string {
  // Everybody knows the password of guest.
  const shown = uri.startsWith('amqp://guest:guest@') ? uri : maskUris(uri);
  const lines = [
    '',
    '  The embedded broker of Mycel',
    '',
    `    listens  ${shown.replace(/\/%2F$/, '')}`,
    `    status   ${statusUrl}`,
    '    keeps    everything in memory: what is queued is lost when it ends',
    ...(guestOnly ? [`    note     ${guestNote}`] : []),
    '',
    '  ctrl-c to stop',
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function splitUser(user: string): [name: string, password: string] {
  const colon = user.indexOf(':');
  return [user.slice(0, colon), user.slice(colon + 1)];
}

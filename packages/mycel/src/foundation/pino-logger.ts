import {
  destination as openDestination,
  pino,
  stdTimeFunctions,
  type DestinationStream,
  type Logger as PinoLogger,
} from 'pino';
import { isatty } from 'node:tty';
import { wantsColour } from './colour.ts';
import type { Logger } from './logger.ts';
import { maskSecrets, maskUris } from './mask-secrets.ts';
import { serialiseError } from './serialise-error.ts';

/** How log records are written. */
export interface LoggerOptions {
  /** The lowest level that is written. @default 'info' */
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent' | undefined;
  /** `pretty` for people, `json` for machines, `auto` by whether the destination is a terminal. @default 'auto' */
  readonly format?: LogFormat | undefined;
  /** @default 'stdout' */
  readonly destination?: 'stdout' | 'stderr' | DestinationStream | undefined;
}

export type LogFormat = 'auto' | 'pretty' | 'json';

/** Says which format `auto` stands for at a destination. */
export function resolveFormat(
  format: LogFormat = 'auto',
  destination: LoggerOptions['destination'] = 'stdout',
): 'pretty' | 'json' {
  if (format !== 'auto') return format;
  return typeof destination === 'string' && isatty(descriptorOf(destination)) ? 'pretty' : 'json';
}

/**
 * Creates a logger. Records are written at once, not buffered, so that the last words of a process are never lost.
 * Secrets are masked: fields by their name, passwords of URIs wherever they stand, causes and stacks of errors too.
 */
export async function createLogger(options: LoggerOptions = {}): Promise<Logger> {
  const { level = 'info', destination = 'stdout' } = options;
  const stream =
    typeof destination === 'string' ? openDestination({ fd: descriptorOf(destination), sync: true }) : destination;
  const format = resolveFormat(options.format, destination);
  const root = pino(
    {
      level,
      timestamp: stdTimeFunctions.isoTime,
      serializers: { err: (error: unknown) => serialiseError(error) },
      formatters: {
        level: (label) => ({ level: label }),
        log: maskFields,
      },
      hooks: { streamWrite: maskUris },
    },
    format === 'pretty' ? await prettyStream(stream, destination) : stream,
  );
  return adapt(root);
}

/** Pino formats the fields of each record, but not those that a child adds to all of its records. */
function adapt(logger: PinoLogger): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (bindings) => adapt(logger.child(maskFields(bindings))),
  };
}

/** Masks a record's fields; errors are left to their serialiser. */
function maskFields(fields: Record<string, unknown>): Record<string, unknown> {
  const { err, ...rest } = fields;
  const masked = maskSecrets(rest) as Record<string, unknown>;
  return err === undefined ? masked : { ...masked, err };
}

async function prettyStream(
  stream: DestinationStream,
  destination: LoggerOptions['destination'],
): Promise<DestinationStream> {
  // Imported here, since most processes log JSON and need not pay for it.
  const { prettyFactory } = await import('pino-pretty');
  const prettify = prettyFactory({
    colorize: wantsColour(typeof destination === 'string' && isatty(descriptorOf(destination))),
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname',
  });
  return { write: (line) => stream.write(prettify(line) ?? '') };
}

function descriptorOf(destination: 'stdout' | 'stderr'): 1 | 2 {
  return destination === 'stdout' ? 1 : 2;
}

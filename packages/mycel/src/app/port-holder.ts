import { messageOf } from '../foundation/errors.ts';
import {
  AccessRefusedError,
  AmqpConnection,
  ConnectTimeoutError,
  type FieldTable,
  ProtocolMismatchError,
  UnreachableError,
  VhostRefusedError,
} from '../protocol/client/index.ts';

/** Who listens on a port of this machine. */
export type PortHolder =
  | { readonly kind: 'nobody' }
  /** An embedded broker, and the process that it lives in. */
  | { readonly kind: 'mycel'; readonly pid: number | undefined }
  /** Anybody else, named for people: `RabbitMQ 3.10.8`. */
  | { readonly kind: 'other'; readonly what: string };

/** A broker whose process is busy answers late; beyond this it is taken for something else. */
const answerMs = 3000;

/** Asks who listens on a port of 127.0.0.1, by greeting it as an AMQP client. Never rejects, unless by `signal`. */
export async function whoHolds(port: number, signal?: AbortSignal): Promise<PortHolder> {
  try {
    await using connection = await AmqpConnection.connect({
      host: '127.0.0.1',
      port,
      connectionName: 'mycel (looking for the embedded broker)',
      connectTimeoutMs: answerMs,
      ...(signal ? { signal } : {}),
    });
    return nameOf(connection.serverProperties);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof UnreachableError && isRefusal(error.cause)) return { kind: 'nobody' };
    return { kind: 'other', what: describeFailure(error) };
  }
}

function isRefusal(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}

function nameOf(properties: FieldTable): PortHolder {
  const { product, version, mycel } = properties;
  if (isTable(mycel) && mycel['embedded'] === true) {
    const { pid } = mycel;
    return { kind: 'mycel', pid: typeof pid === 'number' ? pid : undefined };
  }
  const name = [product, version].filter((part) => typeof part === 'string').join(' ');
  return { kind: 'other', what: name || 'an AMQP broker without a name' };
}

function isTable(value: unknown): value is FieldTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describeFailure(error: unknown): string {
  if (error instanceof ConnectTimeoutError) return 'a program that does not answer';
  if (error instanceof ProtocolMismatchError) return 'a program that does not speak AMQP 0-9-1';
  if (error instanceof AccessRefusedError || error instanceof VhostRefusedError)
    return 'an AMQP broker that does not let guest in';
  return `a program that cannot be talked to (${messageOf(error)})`;
}

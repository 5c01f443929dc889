import { connect } from 'node:net';
import { decodeMethod, type FieldTable, FrameParser, type Method, protocol } from '../../protocol/codec/index.ts';

const { FRAME_METHOD, PROTOCOL_HEADER } = protocol;

/** Larger than what any broker says of itself. */
const greetingBytes = 131_072;

/** Who answers at a port. */
export type PortHolder =
  /** An embedded broker of Mycel, in this process or another. */
  | { readonly kind: 'mycel'; readonly version: string; readonly instance: string; readonly pid: number }
  /** Another AMQP 0-9-1 broker. */
  | { readonly kind: 'amqp'; readonly product: string; readonly version: string }
  /** Something else, or something that says nothing in time. */
  | { readonly kind: 'unknown' }
  /** Nobody: nothing can be connected to. */
  | { readonly kind: 'nobody' };

/** Greets whoever listens at an address as an AMQP client does, and tells who it is. Never rejects; logs nobody in. */
export async function identifyPortHolder(host: string, port: number, timeoutMs = 1000): Promise<PortHolder> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let found: PortHolder = { kind: 'nobody' };
    const settle = (holder: PortHolder): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(holder);
    };
    const timer = setTimeout(() => settle(found), timeoutMs);
    const parser = new FrameParser(greetingBytes, (type, _channel, buffer, start, end) => {
      settle(type === FRAME_METHOD ? holderOf(decodeMethod(buffer, start, end)) : found);
    });
    socket.on('connect', () => {
      found = { kind: 'unknown' };
      socket.write(PROTOCOL_HEADER);
    });
    socket.on('data', (chunk: Buffer) => {
      try {
        parser.push(chunk);
      } catch {
        settle(found);
      }
    });
    socket.on('error', () => settle(found));
    socket.on('close', () => settle(found));
  });
}

function holderOf(method: Method): PortHolder {
  if (method.name !== 'connection.start') return { kind: 'unknown' };
  const { product, version, mycel } = method.serverProperties;
  if (isTable(mycel) && mycel['embedded'] === true) {
    const { instance, pid } = mycel;
    return { kind: 'mycel', version: text(version), instance: text(instance), pid: Number(pid) };
  }
  return { kind: 'amqp', product: text(product), version: text(version) };
}

function isTable(value: unknown): value is FieldTable {
  return typeof value === 'object' && value !== null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : 'unknown';
}

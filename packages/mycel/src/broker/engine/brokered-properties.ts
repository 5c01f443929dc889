import { MalformedFrameError, protocol, WireReader } from '../../protocol/codec/index.ts';

/** The properties that a broker acts on, headers aside. */
export interface BrokeredProperties {
  priority: number | undefined;
  replyTo: string | undefined;
  expiration: string | undefined;
  userId: string | undefined;
}

/** The flags of a content header that the broker looks at, as the specification numbers them. */
export const PROPERTY_FLAG = {
  headers: 0x2000,
  priority: 0x0800,
  replyTo: 0x0200,
  expiration: 0x0100,
  userId: 0x0010,
} as const;

/** Flags that no property has. */
const unknownFlags = 0x0003;
const flagsBytes = 2;

type Layout = 'short string' | 'table' | 'octet' | 'timestamp';

/** Of each property, from the highest flag down. */
const layouts: readonly Layout[] = [
  'short string',
  'short string',
  'table',
  'octet',
  'octet',
  'short string',
  'short string',
  'short string',
  'short string',
  'timestamp',
  'short string',
  'short string',
  'short string',
  'short string',
];

const reader = new WireReader(Buffer.alloc(0));

/**
 * Reads what a broker must know of every message, and steps over the rest: decoding the headers of a message would cost more
 * than all else that is done with it. Throws a `MalformedFrameError` if the bytes are not laid out as properties.
 */
export function readBrokeredProperties(raw: Buffer): BrokeredProperties {
  const found: BrokeredProperties = {
    priority: undefined,
    replyTo: undefined,
    expiration: undefined,
    userId: undefined,
  };
  const flags = ((raw[0] ?? 0) << 8) | (raw[1] ?? 0);
  let at = flagsBytes;
  for (let index = 0; index < layouts.length; index++) {
    const flag = flags & (0x8000 >> index);
    if (flag === 0) continue;
    if (flag === PROPERTY_FLAG.priority) found.priority = raw[at];
    else if (flag === PROPERTY_FLAG.replyTo) found.replyTo = textAt(raw, at);
    else if (flag === PROPERTY_FLAG.expiration) found.expiration = textAt(raw, at);
    else if (flag === PROPERTY_FLAG.userId) found.userId = textAt(raw, at);
    at += sizeAt(raw, at, layouts[index]);
  }
  if (at === raw.length && (flags & unknownFlags) === 0) return found;
  throw new MalformedFrameError(protocol.REPLY_CODE.syntaxError, 'a content header whose properties are none');
}

function textAt(raw: Buffer, at: number): string {
  reader.reset(raw, Math.min(at, raw.length), raw.length);
  return reader.readShortString();
}

/** What lies beyond the end counts as nothing: the sum is wrong then, which is noticed at the end. */
function sizeAt(raw: Buffer, at: number, layout: Layout | undefined): number {
  switch (layout) {
    case 'short string':
      return 1 + (raw[at] ?? 0);
    case 'table':
      return 4 + (at + 4 <= raw.length ? raw.readUInt32BE(at) : 0);
    case 'timestamp':
      return 8;
    case 'octet':
    case undefined:
      return 1;
  }
}

/** Types of frames, the first byte of each. */
export const FRAME_METHOD = 1;
export const FRAME_HEADER = 2;
export const FRAME_BODY = 3;
export const FRAME_HEARTBEAT = 8;

/** The last byte of every frame. */
export const FRAME_END = 0xce;

/** Type, channel and size in front of a frame's payload. */
export const FRAME_HEAD_BYTES = 7;

/** What a frame costs besides its payload: its head and its end. */
export const FRAME_OVERHEAD_BYTES = 8;

/** Every peer must accept frames up to this size, and no smaller limit may be negotiated. */
export const FRAME_MIN_SIZE = 4096;

/** What a client sends first: `AMQP`, then 0, 0, 9, 1. */
export const PROTOCOL_HEADER: Buffer = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);

/** Short strings (names, routing keys, most properties) hold at most this many bytes. */
export const SHORT_STRING_MAX_BYTES = 255;

/** The codes of `connection.close`, `channel.close` and `basic.return`. */
export const REPLY_CODE = {
  success: 200,
  contentTooLarge: 311,
  noRoute: 312,
  noConsumers: 313,
  connectionForced: 320,
  accessRefused: 403,
  notFound: 404,
  resourceLocked: 405,
  preconditionFailed: 406,
  frameError: 501,
  syntaxError: 502,
  commandInvalid: 503,
  channelError: 504,
  unexpectedFrame: 505,
  resourceError: 506,
  notAllowed: 530,
  notImplemented: 540,
  internalError: 541,
} as const;

export { AmqpError, MalformedFrameError, UnencodableError } from './amqp-error.ts';
export { carriesContent, type Content, ContentAssembler } from './content-assembler.ts';
export { decodeTable, encodeTable } from './field-table.ts';
export {
  Decimal,
  FIELD_MAX_DEPTH,
  type FieldTable,
  type FieldTag,
  type FieldValue,
  isFieldList,
  typed,
  TypedValue,
} from './field-value.ts';
export {
  type ContentHeader,
  decodeContentHeader,
  decodeMethod,
  decodeProperties,
  methodNameOf,
} from './frame-decoder.ts';
export {
  type ContentMethod,
  encodeContent,
  encodeHeartbeat,
  encodeMethod,
  type RawProperties,
} from './frame-encoder.ts';
export { type FrameHandler, FrameParser } from './frame-parser.ts';
export { type MessageProperties, readProperties, writeProperties } from './message-properties.ts';
export { METHOD_IDS, type Method } from './methods/method.ts';
export * as protocol from './protocol.ts';
export { WireReader } from './wire-reader.ts';
export { WireWriter } from './wire-writer.ts';

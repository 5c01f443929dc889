import { readTable } from './field-table-reader.ts';
import { writeTable } from './field-table-writer.ts';
import type { FieldTable } from './field-value.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/** Encodes a table with its length in front, as it stands in a frame. */
export function encodeTable(table: FieldTable): Buffer {
  const writer = new WireWriter();
  writeTable(writer, table, 'table');
  return writer.take();
}

/** Encodes a table's fields without the length in front: the response of AMQPLAIN. */
export function encodeTableBody(table: FieldTable): Buffer {
  return encodeTable(table).subarray(4);
}

/** Decodes a table with its length in front; nothing may follow it. */
export function decodeTable(bytes: Buffer): FieldTable {
  const reader = new WireReader(bytes);
  const table = readTable(reader);
  reader.expectEnd('the field table');
  return table;
}

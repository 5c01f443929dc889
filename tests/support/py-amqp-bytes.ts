import { readFileSync } from 'node:fs';

/** What py-amqp makes of field tables, recorded by `py_amqp_bytes.py` beside this file; see there. */
export interface PyAmqpBytes {
  /** Tables of one field `v` in hex, by what Python calls the value. */
  readonly written: Readonly<Record<string, string>>;
  /** What Python shows of a value, or the name of its exception, by the hex of the value from its tag on. */
  readonly read: Readonly<Record<string, string>>;
  /** Flags and properties of a message in hex. */
  readonly properties: string;
}

const path = new URL('py-amqp-bytes.json', import.meta.url);
// Written by the script, in this shape.
export const pyAmqpBytes = JSON.parse(readFileSync(path, 'utf8')) as PyAmqpBytes;

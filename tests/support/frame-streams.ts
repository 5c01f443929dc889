import fc from 'fast-check';
import {
  carriesContent,
  encodeContent,
  encodeHeartbeat,
  encodeMethod,
  type MessageProperties,
  type Method,
  WireWriter,
} from '../../packages/mycel/src/protocol/codec/index.ts';
import { fieldTables } from './arbitrary-field-tables.ts';
import { anyMethods, type MethodName, methodsNamed } from './arbitrary-methods.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Small, so that bodies take several frames. */
export const STREAM_FRAME_MAX = 4096;

const SEED = 20_080_913;
const properties: readonly MessageProperties[] = fc.sample(
  fc.record(
    { contentType: fc.constant('text/plain'), headers: fieldTables },
    { requiredKeys: [], noNullPrototype: true },
  ),
  { seed: SEED, numRuns: 60 },
);

/** Methods of every name, or of those given; always the same ones. */
export function sampleMethods(count: number, names?: readonly MethodName[]): Method[] {
  const values = { tables: fieldTables };
  const methods = names ? fc.oneof(...names.map((name) => methodsNamed(name, values))) : anyMethods(values);
  return fc.sample(methods, { seed: SEED, numRuns: count }).filter(fitsFrame);
}

/** A few valid frames, each in a buffer of its own: methods on the given channels, messages, heartbeats. */
export function validFrames(random: SeededRandom, methods: readonly Method[], channels: readonly number[]): Buffer[] {
  const writer = new WireWriter();
  for (let left = 1 + random.below(5); left > 0; left--) {
    const channel = random.pick(channels);
    const method = random.pick(methods);
    if (random.below(12) === 0) encodeHeartbeat(writer);
    else if (carriesContent(method)) {
      const body = Buffer.alloc(random.below(random.pick([1, 30, 9_000])), 'body ');
      encodeContent(writer, channel, STREAM_FRAME_MAX, method, random.pick(properties), body);
    } else encodeMethod(writer, channel, STREAM_FRAME_MAX, method);
  }
  return cutIntoFrames(writer.take());
}

function fitsFrame(method: Method): boolean {
  const writer = new WireWriter();
  encodeMethod(writer, 1, 1_000_000, method);
  return writer.length <= STREAM_FRAME_MAX;
}

function cutIntoFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt32BE(at + 3) + 8;
    frames.push(bytes.subarray(at, at + size));
    at += size;
  }
  return frames;
}

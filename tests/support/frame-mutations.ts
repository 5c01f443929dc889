import type { SeededRandom } from './seeded-random.ts';

/** Changes a stream of frames, given one by one, in a way that a broken or hostile peer might. */
export type Mutation = (frames: readonly Buffer[], random: SeededRandom) => Buffer[];

/** Numbers where a length is expected: none, small, around limits, all bits set. */
const LENGTHS = [0, 1, 2, 7, 8, 255, 256, 4087, 4088, 4089, 65_536, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'flips bits': (frames, random) =>
    inBytes(frames, (bytes) => {
      for (let left = 1 + random.below(8); left > 0; left--) flipBit(bytes, random);
    }),
  'sets bytes to 0, 255 or anything': (frames, random) =>
    inBytes(frames, (bytes) => {
      const at = random.below(bytes.length);
      bytes.fill(random.pick([0, 255, random.below(256)]), at, Math.min(bytes.length, at + 1 + random.below(6)));
    }),
  'cuts the end off': (frames, random) => {
    const bytes = Buffer.concat(frames);
    return [bytes.subarray(0, random.below(bytes.length))];
  },
  'inserts bytes': (frames, random) => {
    const bytes = Buffer.concat(frames);
    const at = random.below(bytes.length);
    return [bytes.subarray(0, at), random.bytes(1 + random.below(12)), bytes.subarray(at)];
  },
  'removes bytes': (frames, random) => {
    const bytes = Buffer.concat(frames);
    const at = random.below(bytes.length);
    return [bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(12))];
  },
  'repeats bytes': (frames, random) => {
    const bytes = Buffer.concat(frames);
    const [from, to] = [random.below(bytes.length), random.below(bytes.length)];
    return [bytes.subarray(0, Math.max(from, to)), bytes.subarray(Math.min(from, to))];
  },
  'is garbage': (_, random) => [random.bytes(1 + random.below(200))],
  'lies about the size of a frame': (frames, random) =>
    inFrame(frames, random, (frame) => {
      const size = frame.length - 8;
      frame.writeUInt32BE(random.pick([...LENGTHS, size + 1, Math.max(0, size - 1)]), 3);
    }),
  'lies about a length somewhere inside a frame': (frames, random) =>
    inFrame(frames, random, (frame) => {
      if (frame.length >= 12) frame.writeUInt32BE(random.pick(LENGTHS), 7 + random.below(frame.length - 11));
    }),
  'has a frame larger than was agreed': (frames, random) => {
    const large = Buffer.alloc(5_000 + random.below(5_000));
    large[0] = random.pick([1, 2, 3, 8]);
    large.writeUInt16BE(1, 1);
    large.writeUInt32BE(large.length - 8, 3);
    large[large.length - 1] = 0xce;
    return [...frames, large];
  },
  'nests tables without end': (frames, random) => [...frames, nestedUnbind(60 + random.below(500), random)],
  'ends a frame wrongly': (frames, random) =>
    inFrame(frames, random, (frame) => {
      frame[frame.length - 1] = random.below(256);
    }),
  'has a type of frame that does not exist': (frames, random) =>
    inFrame(frames, random, (frame) => {
      frame[0] = random.below(256);
    }),
  'has a method or class that does not exist': (frames, random) =>
    inFrame(frames, random, (frame) => {
      if (frame.length >= 12) frame.writeUInt16BE(random.below(130), random.pick([7, 9]));
    }),
  'moves a frame to another channel': (frames, random) =>
    inFrame(frames, random, (frame) => {
      frame.writeUInt16BE(random.pick([0, 1, 2, 65_535]), 1);
    }),
  'turns a frame into one of another type': (frames, random) =>
    inFrame(frames, random, (frame) => {
      frame[0] = random.pick([1, 2, 3, 8]);
    }),
  'leaves a frame out': (frames, random) => {
    const left = random.below(frames.length);
    return frames.filter((_, index) => index !== left);
  },
  'swaps two frames': (frames, random) => {
    const swapped = [...frames];
    const [first, second] = [random.below(frames.length), random.below(frames.length)];
    [swapped[first], swapped[second]] = [swapped[second] ?? Buffer.alloc(0), swapped[first] ?? Buffer.alloc(0)];
    return swapped;
  },
  'sends a frame twice': (frames, random) => {
    const twice = random.below(frames.length);
    return frames.flatMap((frame, index) => (index === twice ? [frame, frame] : [frame]));
  },
  'announces another size of body': (frames, random) => {
    const changed = frames.map((frame) => Buffer.from(frame));
    for (const frame of changed) {
      if (frame[0] === 2 && frame.length >= 19)
        frame.writeBigUInt64BE(BigInt(random.pick([...LENGTHS, 2 ** 52])) << BigInt(random.pick([0, 0, 11])), 11);
    }
    return changed;
  },
};

/** A field table in which tables (`F`) or arrays (`A`) stand in one another, so many levels deep. */
export function nestedTable(tags: readonly ('F' | 'A')[]): Buffer {
  // What stands in an array has no name.
  const heads = tags.map((tag, level) => Buffer.from(`LENG${tags[level - 1] === 'A' ? '' : '\x00'}${tag}`, 'latin1'));
  const table = Buffer.concat([...heads, Buffer.alloc(4)]);
  let at = 0;
  for (const head of heads) {
    table.writeUInt32BE(table.length - at - 4, at);
    at += head.length;
  }
  return table;
}

/** Mutates one to three times, each time in any of the ways. */
export function mutated(frames: readonly Buffer[], random: SeededRandom): Buffer {
  let changed = [...frames];
  for (let left = 1 + random.below(3); left > 0; left--) {
    changed = random
      .pick(Object.values(MUTATIONS))(changed, random)
      .filter(({ length }) => length > 0);
    if (changed.length === 0) return Buffer.alloc(0);
  }
  return Buffer.concat(changed);
}

/** Cuts bytes into chunks as a network might. */
export function randomChunks(bytes: Buffer, random: SeededRandom): Buffer[] {
  const chunks: Buffer[] = [];
  const most = random.below(20) === 0 ? 1 : random.pick([30, 500, 5_000, 100_000]);
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random.below(most);
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

/** The method with nothing but a table behind its names. */
function nestedUnbind(levels: number, random: SeededRandom): Buffer {
  const table = nestedTable(Array.from({ length: levels }, () => random.pick(['F', 'A'])));
  const frame = Buffer.concat([Buffer.from('01000100000000003200320000000000', 'hex'), table, Buffer.of(0xce)]);
  frame.writeUInt32BE(frame.length - 8, 3);
  return frame;
}

function inBytes(frames: readonly Buffer[], change: (bytes: Buffer) => void): Buffer[] {
  const bytes = Buffer.concat(frames);
  change(bytes);
  return [bytes];
}

/** Changes a copy of one frame; what is too short to be one stays as it is. */
function inFrame(frames: readonly Buffer[], random: SeededRandom, change: (frame: Buffer) => void): Buffer[] {
  const chosen = random.below(frames.length);
  return frames.map((frame, index) => {
    if (index !== chosen || frame.length < 8) return frame;
    const copy = Buffer.from(frame);
    change(copy);
    return copy;
  });
}

function flipBit(bytes: Buffer, random: SeededRandom): void {
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
}

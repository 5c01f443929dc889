import { afterEach, describe, expect, it, vi } from 'vitest';
import { MUTATIONS, mutated, nestedTable, randomChunks } from '../../../../../tests/support/frame-mutations.ts';
import { sampleMethods, STREAM_FRAME_MAX, validFrames } from '../../../../../tests/support/frame-streams.ts';
import { fuzz, fuzzTimeoutMs } from '../../../../../tests/support/fuzz-cases.ts';
import { SeededRandom } from '../../../../../tests/support/seeded-random.ts';
import { MalformedFrameError } from './amqp-error.ts';
import { carriesContent, type Content, ContentAssembler } from './content-assembler.ts';
import { decodeTable, encodeTable } from './field-table.ts';
import { FIELD_MAX_DEPTH } from './field-value.ts';
import { decodeContentHeader, decodeMethod, decodeProperties } from './frame-decoder.ts';
import { FrameParser } from './frame-parser.ts';

const CASES = 20_000;
/** From so many cases on, what happens at all has happened; one seed may be tried alone. */
const ENOUGH = 100;
const MAX_BODY = 1_000_000;
const timeout = fuzzTimeoutMs(CASES, 1);
const methods = sampleMethods(400);

/** A reply code that each mutation leads to, among others; `undefined` where the parser waits for more. */
const REFUSED_WITH: Readonly<Record<string, number | undefined>> = {
  'flips bits': 502,
  'sets bytes to 0, 255 or anything': 502,
  'cuts the end off': undefined,
  'inserts bytes': 501,
  'removes bytes': 501,
  'repeats bytes': 501,
  'is garbage': 501,
  'lies about the size of a frame': 501,
  'lies about a length somewhere inside a frame': 502,
  'has a frame larger than was agreed': 501,
  'nests tables without end': 502,
  'ends a frame wrongly': 501,
  'has a type of frame that does not exist': 501,
  'has a method or class that does not exist': 503,
  'moves a frame to another channel': 505,
  'turns a frame into one of another type': 505,
  'leaves a frame out': 505,
  'swaps two frames': 505,
  'sends a frame twice': 505,
  'announces another size of body': 311,
};

interface Outcome {
  /** How many frames were handed on and understood. */
  readonly frames: number;
  readonly refusal: MalformedFrameError | undefined;
}

/** Reads a stream as both ends of a connection do: frames, methods, messages and their properties. */
function read(chunks: readonly Buffer[]): Outcome {
  let frames = 0;
  const channels = new Map<number, ContentReader>();
  const parser = new FrameParser(STREAM_FRAME_MAX, (type, channel, buffer, start, end) => {
    if (end - start + 8 > STREAM_FRAME_MAX) expect.fail(`a frame of ${end - start} bytes was handed on`);
    const reader = channels.get(channel) ?? new ContentReader();
    channels.set(channel, reader);
    if (type !== 8) reader.take(type, buffer, start, end);
    frames += 1;
  });
  try {
    for (const chunk of chunks) parser.push(chunk);
  } catch (error) {
    if (!(error instanceof MalformedFrameError)) throw error;
    return { frames, refusal: error };
  }
  return { frames, refusal: undefined };
}

/** Reads the frames of one channel, and sees to it that bodies are as long as was announced. */
class ContentReader {
  readonly #assembler = new ContentAssembler(MAX_BODY);
  #announced = 0;
  #received = 0;

  take(type: number, buffer: Buffer, start: number, end: number): void {
    let content: Content | undefined;
    if (type === 1) {
      const method = decodeMethod(buffer, start, end);
      if (carriesContent(method)) this.#assembler.begin(method);
    } else if (type === 2) {
      const header = decodeContentHeader(buffer, start, end);
      content = this.#assembler.header(header);
      [this.#announced, this.#received] = [header.bodySize, 0];
    } else {
      content = this.#assembler.body(buffer.subarray(start, end));
      this.#received += end - start;
    }
    if (this.#received > this.#announced) expect.fail(`${this.#received} bytes of ${this.#announced} were taken`);
    if (!content) return;
    if (content.body.length !== this.#announced) expect.fail(`a body of ${content.body.length} instead`);
    decodeProperties(content.rawProperties);
  }
}

function expectSound({ refusal }: Outcome, bytes: Buffer): void {
  // Too many cases for an assertion each.
  if (!refusal || [311, 501, 502, 503, 505].includes(refusal.replyCode)) return;
  expect.fail(`${refusal.replyCode} for ${bytes.toString('hex')}`);
}

const streams = Array.from({ length: 500 }, (_, seed) => validFrames(new SeededRandom(seed), methods, [0, 1, 1, 2]));
const stream = (random: SeededRandom): Buffer[] => random.pick(streams);

describe('a stream of frames that', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('is valid is understood, in any chunks', { timeout }, async () => {
    await fuzz(300, (random) => {
      const frames = validFrames(random, methods, [0, 1, 1, 2]);
      const outcome = read(randomChunks(Buffer.concat(frames), random));
      // Messages of one channel follow each other whole, so nothing is out of order.
      expect(outcome).toEqual({ frames: frames.length, refusal: undefined });
    });
  });

  it.each(Object.entries(MUTATIONS))(
    '%s is understood or refused with a reply code',
    { timeout },
    async (name, mutate) => {
      const codes = new Set<number | undefined>();
      const tried = await fuzz(200, (random) => {
        const bytes = Buffer.concat(mutate(stream(random), random));
        const outcome = read(randomChunks(bytes, random));
        expectSound(outcome, bytes);
        codes.add(outcome.refusal?.replyCode);
      });
      if (tried >= ENOUGH) expect([...codes]).toContain(REFUSED_WITH[name]);
    },
  );

  it('is mutated several times is understood or refused, in bounded memory', { timeout }, async () => {
    const allocated = vi.spyOn(Buffer, 'allocUnsafeSlow');
    let [understood, refused] = [0, 0];
    const tried = await fuzz(CASES, (random) => {
      const bytes = mutated(stream(random), random);
      const chunks = randomChunks(bytes, random);
      allocated.mockClear();
      const outcome = read(chunks);
      expectSound(outcome, bytes);
      understood += outcome.frames;
      if (outcome.refusal) refused += 1;
      const largest = Math.max(0, ...allocated.mock.calls.map(([size]) => size));
      if (largest > STREAM_FRAME_MAX) expect.fail(`${largest} bytes allocated for one frame`);
    });
    // Both happen: most streams start with good frames, and most are broken sooner or later.
    if (tried >= ENOUGH) expect([understood > tried, refused > tried / 2]).toEqual([true, true]);
  });
});

describe('a field table', () => {
  it('of random bytes is understood or refused', { timeout }, async () => {
    const tags = [...Buffer.from('tbBsuIilLfdDSATFVxz')];
    await fuzz(CASES, (random) => {
      const bytes = Buffer.concat([Buffer.alloc(4), random.bytes(random.below(60))]);
      bytes.writeUInt32BE(bytes.length - 4);
      // A name of no bytes and a tag that exists, so that most get past the first value.
      for (let at = 4; at + 1 < bytes.length && random.below(5) > 0; at += 2 + random.below(9)) {
        bytes[at] = 0;
        bytes[at + 1] = random.pick(tags);
      }
      try {
        decodeTable(bytes);
      } catch (error) {
        if (!(error instanceof MalformedFrameError)) throw error;
      }
    });
  });

  it('nested without end is refused before the stack is', () => {
    for (const tag of ['F', 'A'] as const) {
      const table = nestedTable(Array.from({ length: 20_000 }, () => tag));
      expect(() => decodeTable(table)).toThrow(/nested deeper/);
    }
  });

  it('nested to the limit is understood', () => {
    const table = nestedTable(Array.from({ length: FIELD_MAX_DEPTH }, (_, level) => (level % 3 ? 'F' : 'A')));
    expect(encodeTable(decodeTable(table)).equals(table)).toBe(true);
  });
});

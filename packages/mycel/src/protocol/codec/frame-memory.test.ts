import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { sampleMethods, STREAM_FRAME_MAX, validFrames } from '../../../../../tests/support/frame-streams.ts';
import { SeededRandom } from '../../../../../tests/support/seeded-random.ts';
import { carriesContent, ContentAssembler } from './content-assembler.ts';
import { decodeContentHeader, decodeMethod } from './frame-decoder.ts';
import { FrameParser } from './frame-parser.ts';

setFlagsFromString('--expose-gc');
// The collector of this process, which takes nothing and gives nothing here.
const collectGarbage = runInNewContext('gc') as () => void;

const MEGABYTE = 2 ** 20;
const methods = sampleMethods(200).filter((method) => !carriesContent(method));

function heldBytes(): number {
  // The first frees what owned memory outside of the heap, the second counts it as free.
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

it('a connection that lives long holds no more after many frames than after few', () => {
  const random = new SeededRandom(1);
  const bytes = Buffer.concat(Array.from({ length: 1_000 }, () => validFrames(random, methods, [1])).flat());
  const parser = new FrameParser(STREAM_FRAME_MAX, (_, __, buffer, start, end) => {
    if (end > start) decodeMethod(buffer, start, end);
  });
  const feed = (megabytes: number) => {
    for (let fed = 0; fed < megabytes * MEGABYTE; fed += bytes.length) {
      // Each chunk in memory of its own, as from a socket.
      for (let at = 0; at < bytes.length; at += 1_400) parser.push(Buffer.from(bytes.subarray(at, at + 1_400)));
    }
  };
  feed(1);
  const before = heldBytes();
  feed(6);
  expect(heldBytes() - before).toBeLessThan(3 * MEGABYTE);
});

it('parts of a body that are empty are not kept, however many come', () => {
  const method = decodeMethod(Buffer.from('003c003c000000000000000001000000', 'hex'));
  const assembler = new ContentAssembler(100);
  if (carriesContent(method)) assembler.begin(method);
  assembler.header(decodeContentHeader(Buffer.from('003c0000000000000000000a0000', 'hex')));
  const before = heldBytes();
  for (let part = 0; part < 60_000; part++) assembler.body(Buffer.alloc(0));
  expect(heldBytes() - before).toBeLessThan(3 * MEGABYTE);
  expect(assembler.isBusy).toBe(true);
});

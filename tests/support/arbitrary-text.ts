import fc from 'fast-check';

const CHARACTERS = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 60 }) },
  // Every code point that has a form in UTF-8, control characters and those beyond 16 bits among them.
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', 'x'.repeat(40), 'x'.repeat(41), 'x'.repeat(255), 'é'.repeat(127), '\uFFFD'),
  },
);

/** Any text that is a short string: at most 255 bytes of UTF-8. */
export const shortTexts: fc.Arbitrary<string> = CHARACTERS.filter((text) => Buffer.byteLength(text) <= 255);

/** Any text, now and then longer than a short string may be. */
export const longTexts: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: CHARACTERS },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 600, size: 'max' }) },
);

/** Any bytes, text or not. */
export const byteStrings: fc.Arbitrary<Buffer> = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));

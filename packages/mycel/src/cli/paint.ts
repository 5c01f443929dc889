import { wantsColour } from '../foundation/colour.ts';

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, magenta: 35, cyan: 36 } as const;

/** How text may look. */
export type Style = keyof typeof codes;

/** Gives text a style, where that can be shown. */
export type Paint = (style: Style | undefined, text: string) => string;

/** Leaves text as it is. */
export const plainPaint: Paint = (_style, text) => text;

/** Paints for a terminal, a file or a pipe. */
export function paintFor(stream: { readonly isTTY?: boolean }): Paint {
  if (!wantsColour(stream.isTTY === true)) return plainPaint;
  return (style, text) => (style === undefined || text === '' ? text : `\x1b[${codes[style]}m${text}\x1b[0m`);
}

import { type Paint, plainPaint, type Style } from './paint.ts';

/** A column of a table; the last one takes the room that is left. */
export interface Column {
  readonly title: string;
  readonly isRight?: boolean;
  /** Where there is not enough room it is narrowed, to no less than this. @default it keeps its width */
  readonly least?: number;
  /** Where there is not enough room it is left out: 1 before the others are narrowed, higher numbers later. @default it stays */
  readonly leaves?: number;
}

export interface Cell {
  readonly text: string;
  readonly style?: Style | undefined;
}

/** Where a table is shown. */
export interface TableOptions {
  /** @default endless: nothing is cut */
  readonly width?: number | undefined;
  readonly paint?: Paint;
}

/** Below this the last column says too little. */
const leastRest = 24;

const gap = 2;

/** Writes rows in columns, as wide as they are, or as there is room for. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions = {},
): string[] {
  const { width = Infinity, paint = plainPaint } = options;
  const header = columns.map(({ title }): Cell => ({ text: title, style: 'dim' }));
  const natural = columns.map((_, column) =>
    [header, ...rows].reduce((most, row) => Math.max(most, textWidth(row[column]?.text ?? '')), 0),
  );
  const widths = fitted(columns, natural, width);
  return [header, ...rows].map((row) => {
    const cells = columns.flatMap(({ isRight }, column) => {
      const room = widths[column];
      if (room === undefined) return [];
      const { text, style } = row[column] ?? { text: '' };
      const shown = cut(text, room);
      const padding = column === columns.length - 1 ? '' : ' '.repeat(room - textWidth(shown));
      return isRight ? padding + paint(style, shown) : paint(style, shown) + padding;
    });
    return cells.join(' '.repeat(gap)).trimEnd();
  });
}

/** The width of each column; `undefined` for one that is left out. */
function fitted(columns: readonly Column[], natural: readonly number[], width: number): (number | undefined)[] {
  const widths: (number | undefined)[] = [...natural];
  const last = columns.length - 1;
  const leaving = columns.map(({ leaves = 0 }) => leaves);
  const lacking = (): number => {
    const others = widths.slice(0, last).filter((room) => room !== undefined);
    const wanted = others.reduce((sum, room) => sum + room + gap, 0) + Math.min(natural[last] ?? 0, leastRest);
    return wanted - width;
  };
  for (let rank = 1; rank <= Math.max(0, ...leaving) && lacking() > 0; rank++) {
    const leaver = leaving.indexOf(rank);
    if (leaver >= 0) widths[leaver] = undefined;
    for (const [column, { least }] of columns.entries()) {
      const full = natural[column] ?? 0;
      if (least === undefined || widths[column] === undefined) continue;
      widths[column] = full; // there may be room again for what was narrowed before
      widths[column] = Math.max(Math.min(least, full), full - Math.max(0, lacking()));
    }
  }
  const others = widths.slice(0, last).reduce<number>((sum, room) => sum + (room === undefined ? 0 : room + gap), 0);
  widths[last] = Math.max(1, Math.min(natural[last] ?? 0, width - others));
  return widths;
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** How many columns of a terminal a text takes. */
export function textWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += wide.test(character) ? 2 : 1;
  return width;
}

/** Cuts a text to so many columns; what was cut ends in an ellipsis. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let shown = '';
  let taken = 1;
  for (const character of text) {
    taken += wide.test(character) ? 2 : 1;
    if (taken > width) break;
    shown += character;
  }
  return `${shown}…`;
}

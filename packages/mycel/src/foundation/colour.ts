/**
 * Tells whether text may be coloured: never with `NO_COLOR` (https://no-color.org), always with `FORCE_COLOR`, otherwise
 * if it goes to a terminal that can show it.
 */
export function wantsColour(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (NO_COLOR || FORCE_COLOR === '0' || FORCE_COLOR === 'false') return false;
  return FORCE_COLOR !== undefined || (isTerminal && TERM !== 'dumb');
}

/** How wide the terminal behind a stream is; `undefined` if there is none, or it does not say. */
export function terminalWidth({
  isTTY,
  columns,
}: {
  readonly isTTY?: boolean;
  readonly columns?: number;
}): number | undefined {
  return isTTY === true && columns !== undefined && columns > 0 ? columns : undefined;
}

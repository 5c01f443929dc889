/** Text of others that is shown on a terminal: what would move its cursor or change its colours becomes a question mark. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is to go
  return text.replaceAll('\r\n', '\n').replaceAll(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '?');
}

/** The same in one line. */
export function printableLine(text: string): string {
  return printable(text.trim().replaceAll(/\s+/g, ' '));
}

/** The code of an error, or a text that says that it has none. */
export function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
    return error.code;
  return `an error without a code (${String(error)})`;
}

/** Tells whether a configuration is read from a web server: its `--config` is an `http` or `https` URL. */
export function isRemote(location: string): boolean {
  return /^https?:/i.test(location);
}

/** Writes where a configuration is for people: a path as it is, a URL without its password and its query, which may be a key. */
export function showLocation(location: string): string {
  if (!isRemote(location)) return location;
  if (!URL.canParse(location)) return 'the URL of the configuration';
  const { origin, pathname, search } = new URL(location);
  return `${origin}${pathname}${search ? '?...' : ''}`;
}

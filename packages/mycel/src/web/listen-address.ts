/** Where a server listens. */
export interface ListenAddress {
  /** `undefined` for all interfaces. */
  readonly host: string | undefined;
  readonly port: number;
}

/** Reads `[host:]port`: `8000`, `:8000`, `localhost:8000`, `[::1]:8000`. Returns `undefined` for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:(?:\[([0-9a-fA-F:.%\w]+)\]|([^\s:[\]/]*)):)?(\d{1,5})$/.exec(text.trim());
  if (!match) return undefined;
  const port = Number(match[3]);
  return port > 65_535 ? undefined : { host: match[1] || match[2] || undefined, port };
}

/** Writes an address as it stands in a URL: `127.0.0.1:8000`, `[::1]:8000`. */
export function formatAddress({ host, port }: ListenAddress): string {
  const name = host ?? '0.0.0.0';
  return `${name.includes(':') ? `[${name}]` : name}:${port}`;
}

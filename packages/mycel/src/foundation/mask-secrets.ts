const MASK = '***';

const secretName =
  /pass(?:word|wd|phrase|code)?$|secret|token|credential|authorization|cookie|^key$|(?:api|private|access|encryption|signing|shared)[-_]?key/i;

/** The password in `scheme://user:password@host`. Greedy up to the last `@` before the path: passwords may hold one. The word itself stands in help texts. */
const uriPassword = /([a-z][a-z0-9+.-]*:\/\/[^\s:/?#"'@]*):(?!password@)([^\s/?#"']*)@/gi;

/** Deeper values are left out: nothing that is worth reading in a log goes so deep. */
const mostLevels = 6;

/** Tells whether the value under this name is likely a secret: `password`, `auth_token`, `apiKey`, ... (but not `routingKey`). */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** Puts `***` for the passwords of all URIs in a text. */
export function maskUris(text: string): string {
  return text.includes('://') ? text.replace(uriPassword, `$1:${MASK}@`) : text;
}

/** Copies plain data with every secret masked: by name, and the passwords of URIs in texts. Other objects stay as they are. */
export function maskSecrets(value: unknown, level = 0): unknown {
  if (typeof value === 'string') return maskUris(value);
  if (typeof value !== 'object' || value === null || isOther(value)) return value;
  if (level >= mostLevels) return '...';
  if (Array.isArray(value)) return value.map((item) => maskSecrets(item, level + 1));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, maskNamed(name, item, level + 1)]));
}

function maskNamed(name: string, item: unknown, level: number): unknown {
  const isSet = item !== undefined && item !== null && item !== '' && typeof item !== 'boolean';
  return isSet && isSecretName(name) ? MASK : maskSecrets(item, level);
}

function isOther(value: object): boolean {
  if (Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && prototype !== Object.prototype;
}

/**
 * Reads text as YAML's core schema would: `8000`, `true`, `null`, `0x1F`, `1e3`; a `[list]` or `{map}` through
 * `parseCollection`; everything else, the empty text too, stays text.
 */
export function nativeValue(text: string, parseCollection: (text: string) => unknown = JSON.parse): unknown {
  const trimmed = text.trim();
  if (/^(?:true|True|TRUE)$/.test(trimmed)) return true;
  if (/^(?:false|False|FALSE)$/.test(trimmed)) return false;
  if (/^(?:~|null|Null|NULL)$/.test(trimmed)) return null;
  if (/^(?:[-+]?\d+|0o[0-7]+|0x[\da-fA-F]+)$/.test(trimmed)) return Number(trimmed);
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(trimmed)) return Number(trimmed);
  if (/^(?:\[.*\]|\{.*\}|".*"|'.*')$/s.test(trimmed)) {
    try {
      return parseCollection(trimmed);
    } catch {
      return text;
    }
  }
  return text;
}

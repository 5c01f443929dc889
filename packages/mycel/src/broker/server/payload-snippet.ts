const most = 16;

/** Shows the beginning of a frame's payload as RabbitMQ's error texts do: `all octets = <<0,60>>`. */
export function payloadSnippet(payload: Buffer): string {
  const [extent, bytes] = payload.length <= most ? ['all', payload] : [`first ${most}`, payload.subarray(0, most)];
  return `${extent} octets = <<${isPrintable(bytes) ? JSON.stringify(bytes.toString('latin1')) : [...bytes].join(',')}>>`;
}

function isPrintable(bytes: Buffer): boolean {
  return bytes.length > 0 && bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
}

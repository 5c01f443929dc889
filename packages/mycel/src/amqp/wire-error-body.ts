import type { WireError } from '../transport/rpc-transport.ts';

/** An error in a reply's body: Nameko's four keys, and one of ours, which Python ignores. */
export interface WireErrorBody {
  readonly exc_type: string;
  readonly exc_path: string;
  readonly exc_args: readonly unknown[];
  readonly value: string;
  readonly mycel?: { readonly code: string; readonly data?: unknown };
}

/** Writes an error for the wire. */
export function toErrorBody(error: WireError): WireErrorBody {
  const { type, path, args, value, mycel } = error;
  return { exc_type: type, exc_path: path, exc_args: args, value, ...(mycel ? { mycel } : {}) };
}

/** Reads an error from the wire; what is missing or of another type is filled in, so that the caller always gets an error. */
export function fromErrorBody(body: unknown): WireError {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const text = (name: string, otherwise: string): string =>
    typeof fields[name] === 'string' ? fields[name] : otherwise;
  const mycel = fields['mycel'] as { code?: unknown; data?: unknown } | undefined;
  return {
    type: text('exc_type', 'Error'),
    path: text('exc_path', ''),
    args: Array.isArray(fields['exc_args']) ? fields['exc_args'] : [],
    value: text('value', typeof body === 'string' ? body : ''),
    mycel:
      typeof mycel?.code === 'string'
        ? { code: mycel.code, ...('data' in mycel ? { data: mycel.data } : {}) }
        : undefined,
  };
}

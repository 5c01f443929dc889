import { classNameOf, messageOf } from './errors.ts';
import { maskSecrets, maskUris } from './mask-secrets.ts';

/** An error as data, for a log record. */
export interface SerialisedError {
  readonly type: string;
  readonly message: string;
  readonly code?: unknown;
  readonly stack?: string | undefined;
  readonly cause?: unknown;
  readonly [field: string]: unknown;
}

/** A chain of causes is cut here. */
const mostCauses = 8;

/**
 * Turns an error, its own fields and its causes into data. Whatever else was thrown is returned as it is, secrets masked.
 * Never throws: of an error that objects to being read only its message is kept, or less.
 */
export function serialiseError(error: unknown, depth = 0): unknown {
  try {
    return serialise(error, depth);
  } catch {
    return { type: 'Error', message: maskUris(messageOf(error)) };
  }
}

/**
 * Turns an error into data without stacks, its own and those of its causes: for what the world outside does, a broker that is away or a
 * message that does not fit, where a stack only shows Mycel's own code.
 */
export function withoutStack(error: unknown): unknown {
  return cutStacks(serialiseError(error));
}

function cutStacks(serialised: unknown): unknown {
  if (typeof serialised !== 'object' || serialised === null || Array.isArray(serialised)) return serialised;
  const { stack: _, cause, errors, ...rest } = serialised as Partial<SerialisedError>;
  return {
    ...rest,
    ...(Array.isArray(errors) ? { errors: errors.map(cutStacks) } : {}),
    ...(cause === undefined ? {} : { cause: cutStacks(cause) }),
  };
}

function serialise(error: unknown, depth: number): unknown {
  if (!(error instanceof Error)) return maskSecrets(error);
  if (depth >= mostCauses) return { type: classNameOf(error), message: maskUris(error.message) };
  const { name: _, message, stack, cause, ...fields } = error as Error & { code?: unknown };
  const serialised: Record<string, unknown> = { type: classNameOf(error), message: maskUris(message) };
  for (const [field, value] of Object.entries(fields)) {
    if (!(field in serialised)) serialised[field] = value instanceof Error ? serialiseError(value, depth + 1) : value;
  }
  if (error instanceof AggregateError)
    serialised['errors'] = error.errors.map((inner) => serialiseError(inner, depth + 1));
  const masked = maskSecrets(serialised) as Record<string, unknown>;
  if (stack) masked['stack'] = maskUris(stack);
  if (cause !== undefined) masked['cause'] = serialiseError(cause, depth + 1);
  return masked;
}

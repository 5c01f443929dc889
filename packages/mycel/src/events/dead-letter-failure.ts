import { maskUris } from '../foundation/mask-secrets.ts';
import { classNameOf, messageOf } from '../foundation/errors.ts';
import type { DeadLetterError } from '../transport/dead-letter.ts';
import { InvalidPayloadError } from './event-errors.ts';

/** Describes what a handler threw, for whoever looks at the dead letter; the passwords of URIs are masked. Never throws. */
export function deadLetterError(thrown: unknown): DeadLetterError {
  try {
    if (thrown instanceof Error) return describe(thrown);
  } catch {
    // An error that objects to being read: its message, or less.
  }
  return { type: typeof thrown, message: maskUris(messageOf(thrown)) };
}

function describe(error: Error): DeadLetterError {
  const { stack } = error;
  const { code } = error as { readonly code?: unknown };
  return {
    type: classNameOf(error),
    message: maskUris(messageOf(error)),
    code: typeof code === 'string' ? code : undefined,
    stack: typeof stack === 'string' ? maskUris(withCauses(error, stack)) : undefined,
    problems: error instanceof InvalidPayloadError ? error.problems.map(masked) : undefined,
  };
}

/** A chain of causes is cut here. */
const mostCauses = 5;

function withCauses(error: Error, stack: string): string {
  let text = stack;
  let { cause } = error;
  for (let depth = 0; cause !== undefined && depth < mostCauses; depth++) {
    const isError = cause instanceof Error;
    text += `\ncaused by: ${(isError && (cause as Error).stack) || messageOf(cause)}`;
    cause = isError ? (cause as Error).cause : undefined;
  }
  return text;
}

function masked({ path, message }: { readonly path: string; readonly message: string }): {
  readonly path: string;
  readonly message: string;
} {
  return { path, message: maskUris(message) };
}

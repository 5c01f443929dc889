import { messageOf } from '../foundation/errors.ts';
import { maskUris } from '../foundation/mask-secrets.ts';

/** Writes, for people, why a command failed: one message, and with `--verbose` where in the code, and the causes. */
export function describeFailure(error: unknown, isVerbose: boolean): string {
  const hint = isVerbose ? '' : causeHint(error);
  return maskUris(`mycel: ${stackOf(error, isVerbose)}${hint}\n`);
}

/** The error's message; with `isVerbose` its stack and those of its causes. */
function stackOf(error: unknown, isVerbose = false): string {
  if (!isVerbose || !(error instanceof Error)) return messageOf(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause, true)}`;
  const stack = error.stack ?? '';
  // The stack was written when the error was made, and some messages were completed later.
  return (stack.includes(error.message) ? stack : `${error.message}\n${stack}`) + cause;
}

/** Says that there is more to see, unless the message has told the cause already. */
function causeHint(error: unknown): string {
  if (!(error instanceof Error) || error.cause === undefined) return '';
  return error.message.includes(messageOf(error.cause)) ? '' : '\n  (run with --verbose to see the cause)';
}

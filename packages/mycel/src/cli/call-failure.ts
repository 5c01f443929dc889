import { inspect } from 'node:util';
import { RemoteError } from '../core/remote-error.ts';
import { messageOf } from '../foundation/errors.ts';
import { maskUris } from '../foundation/mask-secrets.ts';

/** Says in one line what went wrong, by the name that the error has where it was thrown: `ValueError: no such order`. */
export function describeError(error: unknown): string {
  return maskUris(lineOf(error).replaceAll(/\s*\n\s*/g, ' '));
}

function lineOf(error: unknown): string {
  if (error instanceof RemoteError) return describeRemote(error);
  if (error instanceof Error) return `${error.name}: ${messageOf(error)}`;
  return `thrown: ${inspect(error)}`;
}

function describeRemote(error: RemoteError): string {
  const { origin, data, code } = error;
  // What this process found by itself has no origin, and is named as the callee would name it.
  const type = origin?.type ?? error.name.replace(/Error$/, '');
  const isOwn = code.startsWith('MYCEL_') && code !== RemoteError.code;
  const details = data === undefined || isOwn ? '' : ` ${inspect(data, { breakLength: Infinity })}`;
  return `${type}: ${isOwn ? error.message : (origin?.value ?? error.message)}${details}`;
}

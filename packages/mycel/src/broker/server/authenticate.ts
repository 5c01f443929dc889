import { createHash, timingSafeEqual } from 'node:crypto';
import { decodeTable } from '../../protocol/codec/index.ts';
import type { ConnectionStartOk } from '../../protocol/codec/methods/connection.ts';

/** What this server takes, as it stands in `connection.start`. */
export const mechanisms = 'PLAIN AMQPLAIN';

/** The user that everybody knows, and that therefore may connect from this machine only. */
const loopbackUser = 'guest';

/** Passwords by user name. */
export type Users = Readonly<Record<string, string>>;

interface Login {
  readonly user: string;
  readonly password: string;
}

/**
 * Finds out who a client is. Gives the user's name, or undefined when there is no such user, the password is wrong, or the
 * user may not come from there. Throws a `MalformedFrameError` when the response cannot be read.
 */
export function authenticate(
  users: Users,
  { mechanism, response }: Pick<ConnectionStartOk, 'mechanism' | 'response'>,
  isLoopback: boolean,
): string | undefined {
  const login = readLogin(mechanism, response);
  if (!login || !Object.hasOwn(users, login.user)) return undefined;
  if (!isEqual(users[login.user] ?? '', login.password)) return undefined;
  return login.user === loopbackUser && !isLoopback ? undefined : login.user;
}

function readLogin(mechanism: string, response: Buffer): Login | undefined {
  if (mechanism === 'PLAIN') return readPlain(response);
  return mechanism === 'AMQPLAIN' ? readAmqplain(response) : undefined;
}

/** RFC 4616: an identity to act for, which is ignored as RabbitMQ does, then user and password, apart by NUL. */
function readPlain(response: Buffer): Login | undefined {
  const [, user, password, ...rest] = response.toString().split('\0');
  return user === undefined || password === undefined || rest.length > 0 ? undefined : { user, password };
}

/** A field table without its length. Throws a `MalformedFrameError` when it is none. */
function readAmqplain(response: Buffer): Login | undefined {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(response.length);
  const { LOGIN: user, PASSWORD: password } = decodeTable(Buffer.concat([length, response]));
  return typeof user === 'string' && typeof password === 'string' ? { user, password } : undefined;
}

/** Takes as long whether the first byte differs or the last. */
function isEqual(expected: string, given: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(expected), digest(given));
}

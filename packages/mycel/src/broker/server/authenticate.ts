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

/** Who a client is, or why it is nobody: for the log, as the client must not learn whether there is such a user. */
export type Identity = { readonly user: string } | { readonly problem: string };

/** Finds out who a client is. Throws a `MalformedFrameError` when its response cannot be read. */
export function authenticate(
  users: Users,
  { mechanism, response }: Pick<ConnectionStartOk, 'mechanism' | 'response'>,
  isLoopback: boolean,
): Identity {
  const login = readLogin(mechanism, response);
  if (!login) return { problem: `its ${mechanism} response names no user and password` };
  const { user, password } = login;
  if (!Object.hasOwn(users, user)) return { problem: `there is no user '${user}'` };
  if (!isEqual(users[user] ?? '', password)) return { problem: `the password of user '${user}' is wrong` };
  if (user === loopbackUser && !isLoopback) {
    return { problem: `user '${user}' may connect from this machine only; give the broker a user of your own` };
  }
  return { user };
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

import { randomBytes } from 'node:crypto';

/** Makes a name that nobody has: the prefix and 22 characters, as RabbitMQ's are. */
export function generateName(prefix: string): string {
  return `${prefix}${randomBytes(16).toString('base64url')}`;
}

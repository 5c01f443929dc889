import { encodeTableBody } from '../codec/field-table.ts';

/** How the client proves who it is. EXTERNAL leaves that to the TLS certificate. */
export type Credentials =
  | { readonly mechanism: 'PLAIN' | 'AMQPLAIN'; readonly username: string; readonly password: string }
  | { readonly mechanism: 'EXTERNAL' };

/** Builds the response of `connection.start-ok` for a mechanism. */
export function saslResponse(credentials: Credentials): Buffer {
  switch (credentials.mechanism) {
    case 'PLAIN':
      return Buffer.from(`\0${credentials.username}\0${credentials.password}`);
    case 'AMQPLAIN':
      // A field table without its length, as the AMQP 0-8 specification has it.
      return encodeTableBody({ LOGIN: credentials.username, PASSWORD: credentials.password });
    case 'EXTERNAL':
      return Buffer.alloc(0);
  }
}

/** Names the user for a message, never the password. */
export function describeCredentials(credentials: Credentials): string {
  return credentials.mechanism === 'EXTERNAL'
    ? 'the client certificate (EXTERNAL)'
    : `user '${credentials.username}' (${credentials.mechanism})`;
}

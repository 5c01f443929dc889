import { listFiles } from '../file-tree.ts';
import type { RingName } from './arguments.ts';
import { postgres } from './postgres.ts';
import { rabbitmq } from './rabbitmq.ts';
import { redis } from './redis.ts';
import type { ServerKind, TestServer } from './test-server.ts';

/** The servers that tests may need. A ring named as a kind has what needs it; examples and e2e tests may need any. */
export const serverKinds: readonly ServerKind[] = [rabbitmq, redis, postgres];

const mixedRings: readonly RingName[] = ['examples', 'e2e'];

/** What became of the search for one kind of server. */
export interface FoundServer {
  readonly kind: ServerKind;
  readonly server: TestServer | undefined;
  /** Why there is none although there should be. */
  readonly problem?: string;
}

/** Chooses the kinds that tests of these rings need. */
export function neededServers(rings: readonly RingName[], root: string): ServerKind[] {
  return serverKinds.filter(
    (kind) =>
      rings.some((ring) => ring === kind.name || mixedRings.includes(ring)) &&
      listFiles(root, '.', new RegExp(`\\.${kind.fileMark}\\.test\\.ts$`)).length > 0,
  );
}

/** Finds or starts a server of each kind, side by side. Never rejects. */
export async function findServers(kinds: readonly ServerKind[]): Promise<FoundServer[]> {
  return Promise.all(
    kinds.map(async (kind) => {
      try {
        return { kind, server: await kind.find() };
      } catch (error) {
        return { kind, server: undefined, problem: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}

/** The variables that tell Vitest's configuration and the tests which servers there are. */
export function serverEnvironment(found: readonly FoundServer[]): Record<string, string> {
  return Object.assign(
    {},
    ...found.map(({ kind, server }) =>
      server ? { [kind.variable]: server.uri, ...server.environment } : { [kind.withoutVariable]: '1' },
    ),
  );
}

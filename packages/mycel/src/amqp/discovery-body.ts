import { UndecodableError } from '../transport/transport-errors.ts';

/** Writes the question: for one service, or for all. */
export function writeQuestion(service: string | undefined): string {
  return JSON.stringify(service === undefined ? {} : { service });
}

/** Reads the name of the service that is asked for; `undefined` is all. Throws for what is no question. */
export function readQuestion(body: Uint8Array): string | undefined {
  const { service } = parseObject(body) as { service?: unknown };
  if (service === undefined || typeof service === 'string') return service;
  throw new UndecodableError('a question for services names one by something that is no text');
}

/** Writes the answer of a process. One that has nothing to tell says so: it is waited for. */
export function writeAnswer(services: readonly object[], wanted: string | undefined): string {
  const told = wanted === undefined ? services : services.filter((service) => nameIn(service) === wanted);
  return JSON.stringify({ services: told });
}

/** Reads the answer of a process. Throws for what is none. */
export function readAnswer(body: Uint8Array): readonly unknown[] {
  const { services } = parseObject(body) as { services?: unknown };
  if (Array.isArray(services)) return services;
  throw new UndecodableError('the answer to a question for services has no list of them');
}

/** The name that a description bears. */
export function nameIn(description: unknown): string | undefined {
  const { service } = (description ?? {}) as { service?: unknown };
  return typeof service === 'string' ? service : undefined;
}

function parseObject(body: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below.
  }
  throw new UndecodableError('a message of discovery is no JSON object');
}

import type { DeadLetter, DeadLetterReason } from '../transport/dead-letter.ts';

/** Which dead letters are meant: those that fit all that is given. */
export interface LetterFilter {
  readonly service?: string | undefined;
  readonly method?: string | undefined;
  readonly reason?: DeadLetterReason | undefined;
  /** The class or the code of the error, or a part of its message, in any case. */
  readonly error?: string | undefined;
  /** It failed last so many milliseconds ago, or longer. */
  readonly olderThanMs?: number | undefined;
  /** It failed last less than so many milliseconds ago. */
  readonly newerThanMs?: number | undefined;
}

/** True for a filter that every letter fits. */
export function fitsAll(filter: LetterFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}

/** Says whether a letter fits; `now` is in milliseconds since 1970. */
export function fits(letter: DeadLetter, filter: LetterFilter, now: number): boolean {
  const { service, method, reason, error, olderThanMs = -Infinity, newerThanMs = Infinity } = filter;
  const ageMs = now - letter.lastFailedAt.getTime();
  return (
    (service === undefined || letter.service === service) &&
    (method === undefined || letter.method === method) &&
    (reason === undefined || letter.reason === reason) &&
    (error === undefined || isAbout(letter, error)) &&
    ageMs >= olderThanMs &&
    ageMs < newerThanMs
  );
}

function isAbout({ error: { type, code, message } }: DeadLetter, text: string): boolean {
  return type === text || code === text || message.toLowerCase().includes(text.toLowerCase());
}

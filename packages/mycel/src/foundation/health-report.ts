/** How something is: a connection, a consumer, a database. Plain JSON, but for `since`, which turns into text. */
export interface HealthReport {
  /** It can do its work now. */
  readonly ready: boolean;
  /** Its state, as one word: `open`, `lost`, `consuming`. */
  readonly state: string;
  /** Why it is not ready, for people. Passwords in URIs are masked; keep other secrets out. */
  readonly reason?: string | undefined;
  /** Whom it is connected to, for people and without passwords: `amqp://guest@10.0.0.1:5672/`. */
  readonly broker?: string | undefined;
  /** When it came into this state. */
  readonly since?: Date | undefined;
  /** What has happened to it since it began, by name, then by whom it concerned. */
  readonly counters?: Readonly<Record<string, Readonly<Record<string, number>>>> | undefined;
  /** What it is made of, by name, where that is worth telling. */
  readonly parts?: Readonly<Record<string, HealthReport>> | undefined;
}

/**
 * Puts the reports of parts together, the most important first: ready if all of them are, else with the state and the
 * reason of the first that is not.
 */
export function combinedHealth(parts: Readonly<Record<string, HealthReport>>): HealthReport {
  const all = Object.entries(parts);
  const failing = all.filter(([, { ready }]) => !ready);
  const [name, first] = failing[0] ?? all[0] ?? [];
  const others = failing.slice(1).map(([other]) => other);
  const also = others.length ? ` (also not ready: ${others.join(', ')})` : '';
  return {
    ready: failing.length === 0,
    state: first?.state ?? 'idle',
    ...(failing.length ? { reason: `${name}: ${first?.reason ?? first?.state}${also}` } : {}),
    ...(first?.since ? { since: first.since } : {}),
    parts,
  };
}

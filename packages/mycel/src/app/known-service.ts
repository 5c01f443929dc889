import { z } from 'zod';

/** What is lenient here is so on purpose: a newer or a foreign process may describe itself otherwise. */
const parameterSchema = z.looseObject({
  name: z.string().nullable().catch(null),
  optional: z.boolean().optional().catch(undefined),
  rest: z.boolean().optional().catch(undefined),
  schema: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

const entrySchema = z.looseObject({
  kind: z.string(),
  method: z.string(),
  parameters: z.string().optional().catch(undefined),
  params: z.array(parameterSchema).optional().catch(undefined),
  takesObject: z.boolean().optional().catch(undefined),
  source: z.string().optional().catch(undefined),
  type: z.string().optional().catch(undefined),
});

const eventSchema = z.looseObject({
  type: z.string(),
  payload: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

const instanceSchema = z.looseObject({
  service: z.string(),
  instance: z.string().optional().catch(undefined),
  host: z.string().optional().catch(undefined),
  pid: z.number().optional().catch(undefined),
  version: z.string().optional().catch(undefined),
  mycel: z.string().optional().catch(undefined),
  entrypoints: z.array(entrySchema).catch([]),
  dispatches: z.array(eventSchema).catch([]),
});

/** A parameter of a method, as its service describes it. */
export type KnownParameter = z.infer<typeof parameterSchema>;

/** An entrypoint, as its service describes it. */
export type KnownEntry = z.infer<typeof entrySchema>;

/** One instance of a service: its manifest, as it arrived. */
export type KnownInstance = z.infer<typeof instanceSchema>;

/** A service that is on the bus. */
export interface KnownService {
  readonly name: string;
  /** At least one. */
  readonly instances: readonly KnownInstance[];
  /** By kind and method; where instances differ, what any of them has. */
  readonly entrypoints: readonly KnownEntry[];
}

/** Puts the instances that answered together by service, in the order of their names. What is no manifest is left out. */
export function knownServices(answers: readonly unknown[]): KnownService[] {
  const instances = answers.flatMap((answer) => instanceSchema.safeParse(answer).data ?? []);
  const names = [...new Set(instances.map(({ service }) => service))].toSorted();
  return names.map((name) => {
    const own = instances.filter(({ service }) => service === name);
    return { name, instances: own, entrypoints: entrypointsOf(own) };
  });
}

function entrypointsOf(instances: readonly KnownInstance[]): KnownEntry[] {
  const all = instances.flatMap(({ entrypoints }) => entrypoints);
  return [...new Map(all.map((entry) => [JSON.stringify([entry.kind, entry.method]), entry])).values()];
}

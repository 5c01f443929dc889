/** The rings of tests, in the order they run; `vitest.config.ts` says which files belong to each. */
export const ringNames = ['unit', 'scripts', 'rabbitmq', 'redis', 'postgres', 'examples', 'e2e'] as const;
export type RingName = (typeof ringNames)[number];

export interface TestArguments {
  readonly rings: readonly RingName[];
  /** Steps that failed before the tests; each is one failure more in the last line. */
  readonly failedSteps: readonly string[];
  /** Handed on to Vitest: parts of file names, `-t <name>`, ... */
  readonly passedOn: readonly string[];
}

/** Reads the command line of `npm test`: `--ring <name>` (repeatable), `--failed-step <name>`, and Vitest's own. */
export function parseTestArguments(argv: readonly string[]): TestArguments {
  const rings: RingName[] = [];
  const failedSteps: string[] = [];
  const passedOn: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? '';
    const [name, inline] = argument.split('=', 2);
    if (name !== '--ring' && name !== '--failed-step') {
      passedOn.push(argument);
      continue;
    }
    const value = inline ?? argv[(index += 1)] ?? '';
    if (name === '--ring') rings.push(ringNamed(value));
    else failedSteps.push(value);
  }
  return { rings: rings.length > 0 ? rings : ringNames, failedSteps, passedOn };
}

function ringNamed(value: string): RingName {
  const ring = ringNames.find((name) => name === value);
  if (ring === undefined) throw new Error(`no ring of tests is called "${value}": choose from ${ringNames.join(', ')}`);
  return ring;
}

/** The floors of `packages/mycel/src`, lowest first: a room imports only from lower floors. */
const floors: readonly (readonly string[])[] = [
  ['foundation'],
  ['core', 'transport', 'protocol'],
  ['rpc', 'events', 'timer', 'amqp', 'redis', 'broker', 'web', 'config'],
  ['app', 'testing'],
  ['cli', 'vitest'],
];

/** The floor of the doors; its rooms may join each other. */
export const topFloor = floors.length;

export const sourceRoot = 'packages/mycel/src/';

/** Where a file of `packages/mycel/src` stands. */
export interface Place {
  /** From 1 upwards; `undefined` for a folder that is no room of the house. */
  readonly floor: number | undefined;
  readonly room: string;
}

/**
 * Places a file. Doors (what `exports` of the package names) and files beside them at the root of `src` stand on the top
 * floor, whatever folder they are in: they may join everything, and nothing below imports them.
 */
export function placeOf(file: string, doors: ReadonlySet<string>): Place {
  const [room = '', rest] = file.slice(sourceRoot.length).split('/', 2);
  if (rest === undefined || doors.has(file)) return { floor: topFloor, room: rest === undefined ? 'the root' : room };
  const index = floors.findIndex((rooms) => rooms.includes(room));
  return { floor: index < 0 ? undefined : index + 1, room };
}

/** Tells whether a file is there for tests only, and so stands outside the floors. */
export function isTestFile(file: string): boolean {
  return /\.(test|types|bench)\.ts$/.test(file);
}

/** Tells whether a file of `src` belongs to what the rules bind: everything but tests. */
export function isHouseFile(file: string): boolean {
  return file.startsWith(sourceRoot) && !isTestFile(file);
}

import type { BrokerCapability, LackingCapabilities } from './broker-capability.ts';
import type { BrokerWorld } from './broker-world.ts';

/** Something that every broker does. It passes when `run` resolves; what `run` rejects with says what was otherwise. */
export interface BrokerBehaviour {
  /** A sentence, unique in the suite. */
  readonly name: string;
  /** What a broker must have for it; without, the behaviour is left out. */
  readonly needs: readonly BrokerCapability[];
  readonly run: (world: BrokerWorld) => Promise<void>;
}

type Run = BrokerBehaviour['run'];
type Conditional = Omit<BrokerBehaviour, 'name'>;

/** Makes the behaviours of one theme of their names, each read after the title: `{ 'an exchange': { 'is ...': run } }`. */
export function behavioursOf(
  title: string,
  behaviours: Readonly<Record<string, Run | Conditional>>,
): readonly BrokerBehaviour[] {
  return Object.entries(behaviours).map(([name, behaviour]) => ({
    name: `${title} ${name}`,
    ...(typeof behaviour === 'function' ? { needs: [], run: behaviour } : behaviour),
  }));
}

/** Makes one behaviour of each row of a table. */
export function eachOf<Row>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  run: (world: BrokerWorld, row: Row) => Promise<void>,
): Record<string, Run> {
  return Object.fromEntries(rows.map((row) => [nameOf(row), async (world: BrokerWorld) => run(world, row)]));
}

/** A behaviour that not every broker has. */
export function needing(needs: readonly BrokerCapability[], run: Run): Conditional {
  return { needs, run };
}

/** Says why a behaviour is left out for a broker; undefined when it is not. */
export function skipReason({ needs }: BrokerBehaviour, lacking: LackingCapabilities): string | undefined {
  return needs.flatMap((need) => lacking[need] ?? []).at(0);
}

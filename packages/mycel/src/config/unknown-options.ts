import type { ZodType } from 'zod';
import { didYouMean } from '../foundation/nearest.ts';
import { joinPath } from '../foundation/schema.ts';
import type { ConfigProblem } from './config-error.ts';
import type { ConfigNode } from './config-node.ts';
import { shapeOf } from './schema-shape.ts';

/** Reports every key under `node` that the schema has no option for, at any depth. */
export function* unknownOptions(schema: ZodType, node: ConfigNode, path: readonly string[]): Iterable<ConfigProblem> {
  const shape = shapeOf(schema);
  if (!shape || node.kind !== 'map') return;
  for (const [name, { keyOrigin, node: child }] of node.entries) {
    const option = shape.options.get(name);
    if (option) yield* unknownOptions(option, child, [...path, name]);
    else if (!shape.isOpen) {
      const hint = didYouMean(name, shape.options.keys()) || `; there are: ${[...shape.options.keys()].join(', ')}`;
      yield { origin: keyOrigin, path: joinPath('', [...path, name]), message: `no such option${hint}` };
    }
  }
}

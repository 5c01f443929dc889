import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type FieldTable, METHOD_IDS, type Method } from '../../packages/mycel/src/protocol/codec/index.ts';
import { byteStrings, shortTexts } from './arbitrary-text.ts';

export type MethodName = Method['name'];

/** What stands in the fields of the types that not every codec takes in full. */
export interface MethodValues {
  readonly tables: fc.Arbitrary<FieldTable>;
  readonly longStrings?: fc.Arbitrary<Buffer>;
  readonly uint32s?: fc.Arbitrary<number>;
}

type Specification = Readonly<Record<string, { methods: Readonly<Record<string, readonly [number, string]>> }>>;

const path = new URL('../../scripts/amqp-0-9-1.json', import.meta.url);
// The tables that the methods are generated from, which have this shape.
const specification = JSON.parse(readFileSync(path, 'utf8')) as Specification;

// The keys of the record are the names.
export const methodNames = Object.keys(METHOD_IDS) as MethodName[];

/** Any method of a name, every field filled as its type allows. */
export function methodsNamed(name: MethodName, values: MethodValues): fc.Arbitrary<Method> {
  const [className = '', methodName = ''] = name.split('.');
  const fields = specification[className]?.methods[methodName]?.[1];
  if (fields === undefined) throw new Error(`${name} is not in the specification`);
  const record: Record<string, fc.Arbitrary<unknown>> = { name: fc.constant(name) };
  for (const field of fields.split(' ')) {
    const [wireName = '', domain = ''] = field.split(':');
    if (wireName !== '' && !wireName.startsWith('reserved-')) record[camel(wireName)] = ofDomain(domain, values);
  }
  // The fields are those that the specification lists, by their types.
  return fc.record(record, { noNullPrototype: true }) as unknown as fc.Arbitrary<Method>;
}

/** Any method at all. */
export function anyMethods(values: MethodValues): fc.Arbitrary<Method> {
  return fc.oneof(...methodNames.map((name) => methodsNamed(name, values)));
}

function ofDomain(domain: string, values: MethodValues): fc.Arbitrary<unknown> {
  switch (domain) {
    case 'bit':
      return fc.boolean();
    case 'octet':
      return fc.integer({ min: 0, max: 0xff });
    case 'short':
      return fc.integer({ min: 0, max: 0xffff });
    case 'long':
      return values.uint32s ?? fc.integer({ min: 0, max: 0xffff_ffff });
    case 'longlong':
      return fc.maxSafeNat();
    case 'shortstr':
      return shortTexts;
    case 'longstr':
      return values.longStrings ?? byteStrings;
    case 'table':
      return values.tables;
    default:
      throw new Error(`no values for the type ${domain}`);
  }
}

function camel(wireName: string): string {
  return wireName.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * How a generated service declares itself. Without the framework: `none` the bare classes, `schemas` with the schemas
 * and their inferred types. With it: `plain` rpcs, `inline` schemas, `contracts`.
 */
export const styles = ['none', 'schemas', 'plain', 'inline', 'contracts'] as const;
export type Style = (typeof styles)[number];

/** How much is generated. */
export interface Amount {
  readonly services: number;
  readonly rpcs: number;
  /** Other services that each one has a client of, and calls. */
  readonly proxies: number;
}

/** Writes a program of many services that call each other, one file each, by file name. */
export function generateServices(style: Style, amount: Amount): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (let index = 0; index < amount.services; index++) files.set(`s${index}.ts`, serviceFile(style, index, amount));
  return files;
}

function serviceFile(style: Style, index: number, { services, rpcs, proxies }: Amount): string {
  const others = Array.from({ length: proxies }, (_, k) => (index + k + 1) % services);
  const numbers = Array.from({ length: rpcs }, (_, n) => n);
  return [
    ...imports(style, others),
    ...before(style, index, numbers),
    `export class S${index} {`,
    ...others.map((other, k) => `  p${k} = ${proxy(style, other)};`),
    ...numbers.map((n) => method(style, n, proxies)),
    '}',
    '',
  ].join('\n');
}

const zod = "import { z } from 'zod';";
const params = '[z.string(), z.object({ amount: z.number(), tags: z.array(z.string()).default([]) })]';
const returns = 'z.object({ id: z.string(), amount: z.number(), at: z.string().optional() })';

function imports(style: Style, others: readonly number[]): string[] {
  const from = (name: (other: number) => string): string[] =>
    others.map((other) => `import ${name(other)} from './s${other}.ts';`);
  switch (style) {
    case 'none':
      return from((other) => `{ S${other} }`);
    case 'schemas':
      return [
        zod,
        "import type { StandardSchemaV1 } from '@standard-schema/spec';",
        ...from((other) => `{ S${other} }`),
      ];
    case 'contracts':
      return [
        zod,
        "import { defineContract, rpc, rpcProxy, service } from 'mycel';",
        ...from((other) => `{ contract${other} }`),
      ];
    case 'plain':
    case 'inline':
      return [zod, "import { rpc, rpcProxy, service } from 'mycel';", ...from((other) => `type { S${other} }`)];
  }
}

function before(style: Style, index: number, numbers: readonly number[]): string[] {
  switch (style) {
    case 'none':
      return [];
    case 'schemas':
      return numbers.flatMap((n) => [
        `export const amount${n} = { params: ${params}, returns: ${returns} } as const;`,
        `export const order${n}: StandardSchemaV1.InferOutput<typeof amount${n}.params[1]> = { amount: 1, tags: [] };`,
        `export const result${n}: StandardSchemaV1.InferInput<typeof amount${n}.returns> = { id: 'x', amount: 1 };`,
      ]);
    case 'contracts': {
      const rpcs = numbers.map((n) => `m${n}: { params: ${params}, returns: ${returns} }`).join(', ');
      return [
        `export const contract${index} = defineContract('s${index}', { rpcs: { ${rpcs} } });`,
        `@service(contract${index})`,
      ];
    }
    case 'plain':
    case 'inline':
      return [`@service('s${index}')`];
  }
}

function proxy(style: Style, other: number): string {
  if (style === 'none' || style === 'schemas') return `{} as Pick<S${other}, keyof S${other}>`;
  return style === 'contracts' ? `rpcProxy(contract${other})` : `rpcProxy<S${other}>('s${other}')`;
}

const decorators: Record<Style, string> = {
  none: '',
  schemas: '',
  plain: '@rpc ',
  inline: `@rpc({ params: ${params}, returns: ${returns} }) `,
  contracts: '@rpc ',
};

function method(style: Style, n: number, proxies: number): string {
  const order = '{ amount: number; tags: string[] }';
  return [
    `  ${decorators[style]}async m${n}(id: string, order: ${order}): Promise<{ id: string; amount: number }> {`,
    `    const other = await this.p${n % proxies}.m${n}(id, { amount: order.amount + 1, tags: [] });`,
    '    return { id: other.id, amount: order.tags.length + other.amount };',
    '  }',
  ].join('\n');
}

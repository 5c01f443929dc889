import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { builtInSections } from '../../packages/mycel/src/app/assembly.ts';
import { variableFor } from '../../packages/mycel/src/config/environment.ts';
import { optionPaths, shapeOf } from '../../packages/mycel/src/config/schema-shape.ts';
import { parseDurationMs } from '../../packages/mycel/src/foundation/duration.ts';

const page = readFileSync(new URL('options.md', import.meta.url), 'utf8');
const source = (file: string): string =>
  readFileSync(new URL(`../../packages/mycel/src/${file}`, import.meta.url), 'utf8');

/** Reads the rows of the first table behind a heading, without those of its head. */
function rowsUnder(heading: string): string[][] {
  const [, section = ''] = page.split(`\n${heading}\n`);
  const [table = ''] = /(?:^\|.*\n)+/m.exec(section.split(/^#/m)[0] ?? '') ?? [];
  const cells = table.split('\n').map((row) =>
    row
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
  return cells.slice(2).filter((row) => row.length > 0);
}

const named = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

describe('the options of the configuration', () => {
  const foreign = ['serializer', 'LOGGING', 'ACCEPT', 'SERIALIZERS', 'SERVICE_CONTAINER_CLS'];
  const options = builtInSections.flatMap(({ key, schema, aliases = {} }) => {
    const defaults = schema.parse({});
    return [...optionPaths(schema)]
      .filter((path) => !foreign.includes(path.join('.')) && path.join('.') !== 'log')
      .map((path) => ({
        name: [...(key ? [key] : []), ...path].join('.'),
        variables: [
          variableFor(key, path),
          ...Object.keys(aliases).filter((alias) => aliases[alias] === path.join('.')),
        ],
        default: path.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], defaults),
      }));
  });
  const rows = rowsUnder('## Configuration');

  test('are all there, in their order', () => {
    expect(shapeOf(builtInSections[0]!.schema)).toBeDefined();
    expect(rows.map(([option]) => named(option)[0])).toEqual(options.map(({ name }) => name));
  });

  test.each(options)('$name has its default and its variables', (option) => {
    const [, , shown, variables] = rows.find(([name]) => name === `\`${option.name}\``) ?? [];
    expect(named(variables)).toEqual(option.variables);
    const [text] = named(shown);
    if (Array.isArray(option.default)) return expect(named(shown).map(parseDurationMs)).toEqual(option.default);
    if (option.default === undefined) return expect(text).toBeUndefined();
    if (typeof option.default === 'string' || typeof option.default === 'boolean')
      return expect(text).toBe(String(option.default));
    return expect([Number(text), parseDurationMs(text)]).toContain(option.default);
  });
});

/** The members of an interface, as written in its file. */
function membersOf(file: string, name: string): string[] {
  const [, body = ''] = source(file).split(new RegExp(`export interface ${name}\\b[^{]*\\{\\n`));
  return [...(body.split('\n}')[0] ?? '').matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member = '']) => member);
}

describe('the options of decorators and functions', () => {
  test.each([
    ['### `@service`', [['core/service-definition.ts', 'ServiceOptions']]],
    [
      '### `@rpc`',
      [
        ['core/rpc-definition.ts', 'RpcDefinition'],
        ['rpc/rpc-entrypoint.ts', 'RpcEntrypointOptions'],
      ],
    ],
    ['### `@eventHandler`', [['events/event-handler-options.ts', 'EventHandlerOptions']]],
    ['### `eventDispatcher`', [['events/event-dispatcher.ts', 'EventDispatcherOptions']]],
    ['### `@http`', [['web/http-options.ts', 'HttpOptions']]],
    ['### `@timer`', [['timer/timer-entrypoint.ts', 'TimerOptions']]],
    ['### `.with`', [['rpc/rpc-client.ts', 'CallOptions']]],
    ['### `dispatch`', [['events/event-caller.ts', 'DispatchOptions']]],
    ['### `connect`', [['app/connect.ts', 'ConnectOptions']]],
    ['### `runServices`', [['app/run-services.ts', 'RunServicesOptions']]],
    ['### `createLogger`', [['foundation/pino-logger.ts', 'LoggerOptions']]],
    ['### `amqp`', [['amqp/amqp-options.ts', 'AmqpOptions']]],
    ['### `MemoryTransport`', [['testing/memory-transport.ts', 'MemoryTransportOptions']]],
  ] as const)('%s are those of its interface', (heading, interfaces) => {
    const members = interfaces.flatMap(([file, name]) => membersOf(file, name));
    expect(members).not.toEqual([]);
    expect(
      rowsUnder(heading)
        .flatMap(([option]) => named(option))
        .toSorted(),
    ).toEqual(members.toSorted());
  });

  test('have a table each that is held to an interface', () => {
    const tables = page.split(/^### /m).length - 1;
    expect(tables).toBe(13);
  });
});

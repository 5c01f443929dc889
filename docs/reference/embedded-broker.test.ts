import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { queueArguments } from '../../packages/mycel/src/broker/engine/queue-arguments.ts';
import { resolveEngineOptions } from '../../packages/mycel/src/broker/engine/engine-options.ts';
import { startBroker } from '../../packages/mycel/src/broker/index.ts';
import { resolveServerLimits } from '../../packages/mycel/src/broker/server/server-limits.ts';
import { brokerCapabilities } from '../../packages/mycel/src/testing/conformance/broker/broker-capability.ts';
import {
  embeddedBrokerLacks,
  engineLacks,
} from '../../packages/mycel/src/testing/conformance/broker/embedded-broker-lacks.ts';

const page = readFileSync(new URL('embedded-broker.md', import.meta.url), 'utf8');

/** Reads the rows of the table whose head begins with this cell. */
function rowsOf(head: string): string[][] {
  const [, table = ''] = page.split(`\n| ${head} |`);
  const [rows = ''] = table.split('\n\n');
  const cells = rows.split('\n').map((row) =>
    row
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
  return cells.slice(2).filter((row) => row.length > 0);
}

const plain = (cell = ''): string => cell.replaceAll('`', '');

describe('the page of the embedded broker', () => {
  test('has a row for each capability, with the reasons of what is lacking', () => {
    const shown = Object.fromEntries(rowsOf('capability').map(([name, ...rest]) => [plain(name), rest]));
    const expected = Object.entries(brokerCapabilities).map(([name, what]) => {
      // The names are those of the record.
      const capability = name as keyof typeof brokerCapabilities;
      const [byTcp, inProcess] = [embeddedBrokerLacks[capability], engineLacks[capability]];
      const asByTcp = byTcp !== undefined && byTcp === inProcess;
      return [name, [what, said(byTcp), asByTcp ? 'lacks it, as by TCP' : said(inProcess)]];
    });
    expect(shown).toEqual(Object.fromEntries(expected));
  });

  test('has a row for each argument of queues', () => {
    const shown = rowsOf('argument').map(([name, types, what]) => [plain(name), types, what?.startsWith('noted')]);
    const expected = Object.entries(queueArguments).map(([name, { types, isNoted = false }]) => [
      name,
      types.length > 1 ? 'any' : types[0],
      isNoted,
    ]);
    expect(shown).toEqual(expected);
  });

  test('has the limits of the engine', () => {
    const { clock: _, vhosts: __, onNotice: ___, ...limits } = resolveEngineOptions({});
    expect(Object.fromEntries(rowsOf('option').map(([name, value]) => [plain(name), Number(value)]))).toEqual(limits);
  });

  test('has the limits of the server', () => {
    const shown = Object.fromEntries(rowsOf('of `limits`').map(([name, value]) => [plain(name), Number(value)]));
    expect(shown).toEqual(resolveServerLimits());
  });

  test('names what the status has', async () => {
    await using broker = await startBroker({ port: 0 });
    const status = (await (await fetch(broker.statusUrl)).json()) as object;
    expect(rowsOf('key').map(([name]) => plain(name))).toEqual(Object.keys(status));
  });
});

function said(reason: string | undefined): string {
  return reason === undefined ? 'has it' : `lacks it: ${reason}`;
}

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { builtInSections } from '../app/assembly.ts';
import { variableFor } from '../config/environment.ts';
import { LayeredConfig } from '../config/layered-config.ts';
import { optionPaths } from '../config/schema-shape.ts';
import { readYaml } from '../config/yaml-document.ts';
import { exitCode, signalCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';

const page = (name: string): string => readFileSync(new URL(`../../../../docs/guide/${name}`, import.meta.url), 'utf8');

describe('docs/guide/configuration.md', () => {
  const text = page('configuration.md');
  const foreign = ['serializer', 'LOGGING', 'ACCEPT', 'SERIALIZERS', 'SERVICE_CONTAINER_CLS'];
  const options = builtInSections.flatMap(({ key, schema }) =>
    [...optionPaths(schema)].map((path) => [...(key ? [key] : []), ...path].join('.')),
  );

  test('lists every option, and none that is not there', () => {
    const listed = [...text.matchAll(/^\| `([a-z_.]+)` \| (?!`MYCEL)/gm)].map((match) => match[1]);
    expect(new Set(listed)).toEqual(new Set(options.filter((option) => option !== 'log' && !foreign.includes(option))));
  });

  test("names Nameko's keys", () => {
    for (const key of foreign) expect(text).toContain(`\`${key}\``);
    for (const alias of builtInSections.flatMap(({ aliases }) => Object.keys(aliases ?? {}))) {
      expect(text).toContain(`\`${alias}\``);
    }
  });

  test('names environment variables as they are read', () => {
    const read = builtInSections.flatMap(({ key, schema }) =>
      [...optionPaths(schema)].map((path) => variableFor(key, path)),
    );
    const named = [...text.matchAll(/MYCEL_[A-Z_]*[A-Z]/g)]
      .map(([variable]) => variable)
      .filter((name) => !name.includes('SHOP'));
    expect(named.filter((variable) => !read.includes(variable))).toEqual([]);
  });

  test('shows only files that pass', () => {
    const files = [...text.matchAll(/^```yaml\n([^]*?)^```/gm)].map((match) => match[1] ?? '');
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const { root, problems } = readYaml(file, 'config.yaml', () => undefined);
      expect(problems).toEqual([]);
      new LayeredConfig({ file: root }).check(builtInSections);
    }
  });
});

describe('docs/guide/running.md', () => {
  const text = page('running.md');

  test('lists every exit code, and none that is not there', () => {
    const listed = [...text.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap((match) => (match[1] ?? '').split(',').map(Number));
    const { SIGINT, SIGTERM } = signalCodes;
    expect(listed.toSorted((a, b) => a - b)).toEqual(
      [...Object.values(exitCode), SIGINT, SIGTERM].toSorted((a, b) => a - b),
    );
  });

  test('lists every option of mycel run', () => {
    const run = createProgram(async () => {}).commands.find((command) => command.name() === 'run');
    expect(run?.options.length).toBeGreaterThan(0);
    for (const { long } of run?.options ?? []) expect(text).toContain(long);
  });
});

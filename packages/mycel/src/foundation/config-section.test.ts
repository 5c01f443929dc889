import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defaultConfig } from './config-section.ts';
import { UsageError } from './errors.ts';

const description = 'Where things are sold.';

describe('a configuration in which every option has its default', () => {
  test('gives a section its defaults', () => {
    const schema = z.object({ vat: z.number().default(19), tags: z.array(z.string()).default([]) });
    expect(defaultConfig.section({ key: 'shop', description, schema })).toEqual({ vat: 19, tags: [] });
  });

  test('names every option that has none', () => {
    const schema = z.object({ uri: z.string(), tls: z.object({ key: z.string() }).prefault({} as never) });
    const section = (): unknown => defaultConfig.section({ key: 'shop', description, schema });
    expect(section).toThrow(UsageError);
    expect(section).toThrow(/^no configuration was given, .* default: shop\.uri: .+; shop\.tls\.key: .+/);
  });

  test('has no key that nobody owns', () => {
    expect(() => defaultConfig.check([])).not.toThrow();
  });
});

import { describe, expect, test } from 'vitest';
import { fired } from '../../../../tests/support/fired-entrypoint.ts';
import { UsageError } from '../foundation/errors.ts';
import { ServiceContainer } from './container.ts';
import { resolveContainerOptions } from './container-options.ts';
import { defineService } from './service.ts';

class Idle {
  run(): void {}
}

describe('the options of a container', () => {
  test('have defaults', () => {
    expect(resolveContainerOptions({}, undefined)).toMatchObject({
      maxWorkers: 10,
      parentCallsTracked: 10,
      graceMs: 30_000,
    });
  });

  test.each([
    ['the service’s own number of workers over the default', {}, 3],
    ['the deployment’s over the service’s', { maxWorkers: 5 }, 5],
  ])('take %s', (_what, options, expected) => {
    const definition = defineService(Idle, 'idle', { run: fired }, { maxWorkers: 3 });
    expect(new ServiceContainer(definition, options).maxWorkers).toBe(expected);
  });

  test('are refused with every problem in one error', () => {
    const wrong = (): unknown =>
      resolveContainerOptions({ maxWorkers: 0, parentCallsTracked: -1, graceMs: Number.NaN }, undefined);
    expect(wrong).toThrow(UsageError);
    expect(wrong).toThrow(
      'maxWorkers: expected a whole number of at least 1, got 0; parentCallsTracked: expected a whole number of at least 0, got -1; graceMs: expected a number of milliseconds, got NaN',
    );
  });

  test.each([{ maxWorkers: 1.5 }, { parentCallsTracked: 0.5 }, { graceMs: -1 }])('refuse %j', (options) => {
    expect(() => resolveContainerOptions(options, undefined)).toThrow(Object.keys(options)[0]);
  });

  test.each([{ maxWorkers: 1 }, { parentCallsTracked: 0 }, { graceMs: 0 }, { graceMs: Number.POSITIVE_INFINITY }])(
    'take %j',
    (options) => {
      expect(resolveContainerOptions(options, undefined)).toMatchObject(options);
    },
  );
});

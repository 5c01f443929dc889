import { describe, expect, it } from 'vitest';
import { UsageError } from '../../foundation/errors.ts';
import { resolveServerLimits } from './server-limits.ts';

describe('resolveServerLimits', () => {
  it('keeps what is given', () => {
    expect(resolveServerLimits({ channels: 3 })).toMatchObject({ channels: 3, frameBytes: 131_072 });
  });

  it('names everything that cannot be in one error', () => {
    const resolve = () => resolveServerLimits({ frameBytes: 4095, channels: 0, heartbeatSeconds: 0.5, connections: 1 });
    expect(resolve).toThrow(UsageError);
    expect(resolve).toThrow(/channels must be .* not 0; frameBytes must be .* from 4096 .* not 4095; heartbeatSeconds/);
  });
});

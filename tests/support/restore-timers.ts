import { afterEach, vi } from 'vitest';

// Files of the unit ring share one process: a clock that one of them has faked must not stand still for the next.
afterEach(() => {
  vi.useRealTimers();
});

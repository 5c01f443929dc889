import { describe, expect, test } from 'vitest';
import { type LogRecord, recordingLogger } from '../../../../tests/support/recording-logger.ts';
import { RoutingWatch } from './routing-watch.ts';

describe('a watch over routing', () => {
  test('remembers no end of types', () => {
    const records: LogRecord[] = [];
    const watch = new RoutingWatch({ logger: recordingLogger(records), isStrict: false });
    for (let n = 0; n < 3000; n++) watch.check('orders', `placed.${n}`, { routed: false });
    expect(records).toHaveLength(1000);
  });

  test('tells the sources of events of one type apart', () => {
    const records: LogRecord[] = [];
    const watch = new RoutingWatch({ logger: recordingLogger(records), isStrict: false });
    for (const source of ['orders', 'returns', 'orders']) watch.check(source, 'placed', { routed: false });
    expect(records.map(({ fields }) => fields)).toEqual([
      { source: 'orders', type: 'placed' },
      { source: 'returns', type: 'placed' },
    ]);
  });
});

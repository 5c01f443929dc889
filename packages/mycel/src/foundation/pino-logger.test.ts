import { describe, expect, test } from 'vitest';
import { createLogger, resolveFormat } from './pino-logger.ts';

function memory(): { lines: string[]; write(line: string): void } {
  const lines: string[] = [];
  return { lines, write: (line) => void lines.push(line) };
}

describe('createLogger', () => {
  test('writes one line of JSON a record, with level, time and bindings', async () => {
    const destination = memory();
    const logger = await createLogger({ destination });
    logger.child({ service: 'math' }).info({ calls: 3 }, 'ready');
    expect(destination.lines).toHaveLength(1);
    const record = JSON.parse(destination.lines[0] ?? '') as Record<string, unknown>;
    expect(record).toMatchObject({ level: 'info', service: 'math', calls: 3, msg: 'ready' });
    expect(new Date(String(record['time'])).getTime()).not.toBeNaN();
  });

  test('writes nothing below its level, and nothing at all when silent', async () => {
    const destination = memory();
    (await createLogger({ destination, level: 'warn' })).info({}, 'no');
    (await createLogger({ destination, level: 'silent' })).error({}, 'no');
    expect(destination.lines).toEqual([]);
  });

  test('writes an error with code, fields, stack and the chain of its causes', async () => {
    const destination = memory();
    const cause = new TypeError('inner', { cause: 'the deepest' });
    const error = Object.assign(new Error('outer', { cause }), { code: 'MYCEL_X', service: 'math' });
    (await createLogger({ destination })).error({ err: error }, 'failed');
    expect(JSON.parse(destination.lines[0] ?? '')).toMatchObject({
      err: {
        type: 'Error',
        message: 'outer',
        code: 'MYCEL_X',
        service: 'math',
        stack: expect.stringContaining('pino-logger.test.ts') as string,
        cause: { type: 'TypeError', message: 'inner', cause: 'the deepest' },
      },
    });
  });

  test('names the class of an error that sets no name of its own', async () => {
    class CardExpired extends Error {}
    const destination = memory();
    (await createLogger({ destination })).error({ err: new CardExpired('of order o3') }, 'failed');
    expect(JSON.parse(destination.lines[0] ?? '')).toMatchObject({ err: { type: 'CardExpired' } });
  });

  test.each(['json', 'pretty'] as const)('masks secrets everywhere in %s records', async (format) => {
    const destination = memory();
    const uri = 'amqp://user:hunter2@host/';
    const error = new Error(`no route to ${uri}`, { cause: new AggregateError([new Error(uri)], uri) });
    const logger = await createLogger({ destination, format });
    logger
      .child({ authToken: 'hunter2', uri })
      .error(
        { err: Object.assign(error, { apiKey: 'hunter2', uri }), password: 'hunter2', nested: [{ secret: 'hunter2' }] },
        `cannot connect to ${uri}`,
      );
    const text = destination.lines.join('');
    expect(text).toContain('cannot connect to amqp://user:***@host/');
    expect(text).not.toContain('hunter2');
  });

  test('writes for people when asked to', async () => {
    const destination = memory();
    (await createLogger({ destination, format: 'pretty' })).warn({ calls: 3 }, 'slow');
    expect(destination.lines.join('')).toMatch(/WARN.*: slow\n.*calls: 3/);
  });

  test('survives an error that objects to being read', async () => {
    const destination = memory();
    const error = Object.defineProperty(new Error('x'), 'message', {
      get() {
        throw new Error('not to be read');
      },
    });
    (await createLogger({ destination })).error({ err: error }, 'failed');
    expect(JSON.parse(destination.lines[0] ?? '')).toMatchObject({
      msg: 'failed',
      err: { type: 'Error', message: '[object Error]' },
    });
  });

  test('survives an error that contains itself', async () => {
    const destination = memory();
    const error = new Error('again');
    error.cause = error;
    (await createLogger({ destination })).error({ err: error }, 'failed');
    expect(destination.lines.join('')).toContain('again');
  });
});

test('auto stands for JSON where nobody watches', () => {
  expect(resolveFormat('auto', memory())).toBe('json');
  expect(resolveFormat('pretty', memory())).toBe('pretty');
});

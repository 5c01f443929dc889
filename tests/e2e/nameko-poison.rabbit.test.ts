import { deflateSync } from 'node:zlib';
import { createLogger, eventHandler, rpc, runServices, service, type ServiceRunner, workerContext } from 'mycel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NamekoPeer, pythonWithKombu } from '../support/nameko-peer.ts';
import { type FreshVhost, freshVhost } from '../support/rabbit.ts';

// One such message, and a pool of Nameko's processes dies, or its caller never hears of it.

const heard: unknown[] = [];

@service('lab')
class Lab {
  context = workerContext();

  @rpc same(value: unknown): unknown {
    return value;
  }

  @rpc stack(): unknown {
    return this.context.callIdStack.length;
  }

  @rpc unreadable(): never {
    throw Object.defineProperty(new Error('x'), 'message', {
      get() {
        throw new Error('not to be read');
      },
    });
  }

  @eventHandler('shop', 'sold') onSold(payload: unknown): void {
    heard.push(payload);
  }
}

let rabbit: FreshVhost;
let runner: ServiceRunner;
let python: NamekoPeer;

// One service for all of them: it has to survive them all.
beforeAll(async () => {
  rabbit = await freshVhost();
  const config = { amqp: { uri: rabbit.uri, topology: 'nameko' } };
  runner = await runServices([Lab], { config, logger: await createLogger({ level: 'silent' }) });
  python = new NamekoPeer(rabbit.uri);
});

afterAll(async () => {
  python[Symbol.dispose]();
  await runner.stop();
  await rabbit[Symbol.asyncDispose]();
});

const request = '{"args": [7], "kwargs": {}}';
const noArguments = '{"args": [], "kwargs": {}}';

/** Sends a message to a method and gives its reply. */
async function send(message: object): Promise<unknown> {
  const raw = { op: 'raw', service: 'lab', method: 'same', body: request, ...message };
  const { raw: reply } = await python.ask(raw, 'raw');
  return typeof reply === 'string' ? (JSON.parse(reply) as unknown) : reply;
}

const answers = { result: 7, error: null };
const failure = (type: string) => ({ result: null, error: { exc_path: `nameko.exceptions.${type}` } });
const malformed = failure('MalformedRequest');
const zlib = (text: string) => deflateSync(text).toString('base64');

const poison: [what: string, message: object, reply: unknown][] = [
  ['without reply_to', { properties: { reply_to: null }, silent: true }, null],
  ['with a reply_to that leads nowhere', { properties: { reply_to: 'nowhere' }, silent: true }, null],
  ['without content type', { properties: { content_type: null } }, answers],
  ['without content encoding', { properties: { content_encoding: null } }, answers],
  ['without correlation id', { properties: { correlation_id: null } }, answers],
  ['with a charset in its content type', { properties: { content_type: 'application/json; charset=utf-8' } }, answers],
  ['of text', { properties: { content_type: 'text/plain' } }, malformed],
  ['of pickle', { properties: { content_type: 'application/x-python-serialize' } }, malformed],
  ['that is not JSON', { body: 'oops' }, malformed],
  ['that is empty', { body: '' }, malformed],
  ['that is no UTF-8', { base64: '//79' }, malformed],
  ['of null', { body: 'null' }, malformed],
  ['of a string', { body: '"text"' }, malformed],
  ['of an array', { body: '[1]' }, malformed],
  ['that never ends to nest', { body: '['.repeat(100_000) }, malformed],
  ['without args', { body: '{"kwargs": {}}' }, malformed],
  ['without kwargs', { body: '{"args": []}' }, malformed],
  ['whose args are no list', { body: '{"args": {"a": 1}, "kwargs": {}}' }, malformed],
  ['whose kwargs are a list', { body: '{"args": [1], "kwargs": [1]}' }, malformed],
  ['with a key too many', { body: '{"args": [7], "kwargs": {}, "more": 1}' }, answers],
  ['for a method of Object', { method: 'constructor' }, failure('MethodNotFound')],
  ['for no method', { method: '' }, malformed],
  ['compressed by zlib', { base64: zlib(request), headers: { compression: 'application/x-gzip' } }, answers],
  ['compressed by what we do not know', { headers: { compression: 'application/x-lzma' } }, malformed],
  ['that says it is compressed', { headers: { compression: 'application/x-gzip' } }, malformed],
  [
    'that expands to much',
    { base64: zlib(' '.repeat(1e8)), headers: { compression: 'application/x-gzip' } },
    malformed,
  ],
  ['with arguments that look typed', { headers: { 'mycel-rich': '[["map"],["set","kwargs",null]]' } }, answers],
  ['whose time is over', { headers: { 'mycel-timeout': -1 }, silent: true }, null],
];
const stacks = [[1, 2], 5, 'text', null, { a: 1 }, ['a', 1]];

describe.skipIf(!pythonWithKombu)('a service survives', () => {
  it.each(poison)('a call %s', async (_what, message, reply) => {
    if (reply === null) expect(await send(message)).toBeNull();
    else expect(await send(message)).toMatchObject(reply as object);
    expect(await send({})).toEqual(answers);
    await expect.poll(async () => (await rabbit.queues()).find(({ name }) => name === 'rpc-lab')?.messages).toBe(0);
  });

  it.each(stacks.map((stack) => [stack]))('a call id stack of %j, which counts as none', async (stack) => {
    const headers = { 'nameko.call_id_stack': stack };
    expect(await send({ method: 'stack', body: noArguments, headers })).toEqual({ result: 1, error: null });
  });

  it('a method that throws an error whose message cannot be read', async () => {
    expect(await send({ method: 'unreadable', body: noArguments })).toMatchObject({
      error: { exc_type: 'Error', value: '[object Error]' },
    });
    expect(await send({})).toEqual(answers);
  });

  it('an event that cannot be read, and goes on with the next', async () => {
    const event = { op: 'dispatch', source: 'shop', type: 'sold' };
    await python.ask({ ...event, payload: 'lost', serializer: 'yaml' }, 'dispatched');
    await python.ask({ ...event, payload: [1, null], compression: 'gzip' }, 'dispatched');
    await expect.poll(() => heard).toEqual([[1, null]]);
  });
});

describe.skipIf(!pythonWithKombu)('a service answers', () => {
  it("what came in Python's JSON: integers of any size, NaN, escaped letters", async () => {
    const body = '{"args": [[9007199254740991, 1.0, "\\u00e9\\ud83d\\ude00", {"a": null}]], "kwargs": {}}';
    expect(await send({ body })).toEqual({ result: [9007199254740991, 1, 'é😀', { a: null }], error: null });
    expect(await send({ body: '{"args": [NaN], "kwargs": {}}' })).toMatchObject(failure('UnserializableValueError'));
    expect(await send({ body: `{"args": [${2n ** 70n}], "kwargs": {}}` })).toEqual({
      result: `${2n ** 70n}`,
      error: null,
    });
  });

  it('a call in YAML so that its caller can read why it is refused', async () => {
    const yaml = {
      op: 'raw',
      service: 'lab',
      method: 'same',
      body: 'args: []',
      properties: { content_type: 'application/x-yaml' },
    };
    const reply = await python.ask(yaml, 'raw');
    expect(reply).toMatchObject({
      content_type: 'application/x-yaml',
      raw: expect.stringContaining('MalformedRequest'),
    });
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hurry } from '../../../../tests/support/hurried-clock.ts';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import { type LogRecord, recordingLogger } from '../../../../tests/support/recording-logger.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import { BrokerUnavailableError, TransportClosedError } from '../transport/transport-errors.ts';
import { type AmqpOptions, resolveAmqpOptions } from './amqp-options.ts';
import { parseAmqpUris } from './amqp-uri.ts';
import { NetworkSource } from './network-source.ts';
import { SupervisedConnection } from './supervised-connection.ts';

forbidUnhandledRejections();

let broker: ObligingBroker;
let records: LogRecord[];
let connection: SupervisedConnection;

function supervised(uri: NonNullable<AmqpOptions['uri']>): SupervisedConnection {
  return new SupervisedConnection(resolveAmqpOptions({ uri, logger: recordingLogger(records) }));
}

function refuseThePassword(): void {
  const refusal = { replyCode: 403, replyText: 'ACCESS_REFUSED - who are you?', failedClassId: 0, failedMethodId: 0 };
  broker.react = ({ name }, channel, peer) => {
    if (name !== 'connection.start-ok') return false;
    peer.send(channel, { name: 'connection.close', ...refusal });
    return true;
  };
}

beforeEach(async () => {
  broker = await ObligingBroker.start();
  records = [];
  connection = supervised(broker.uri);
});

afterEach(async () => {
  await connection.close();
  await broker[Symbol.asyncDispose]();
});

describe('opening', () => {
  it('tries each target once, and tells all of them and why, without passwords', async () => {
    refuseThePassword();
    const uri = `amqp://me:secret@127.0.0.1:1/;${broker.uri.replace('//', '//you:hidden@')}`;
    const opening = supervised(uri).open();
    await expect(opening).rejects.toThrow(BrokerUnavailableError);
    await expect(opening).rejects.toThrow(/me@127\.0\.0\.1:1\/.*ECONNREFUSED.*you@.*ACCESS_REFUSED/);
    await expect(opening).rejects.not.toThrow(/secret|hidden/);
  });

  it('tells of a broker that takes no messages from the first moment', async () => {
    broker.react = ({ name }, channel, peer) => {
      if (name !== 'connection.open') return false;
      peer.send(channel, { name: 'connection.open-ok' });
      peer.send(channel, { name: 'connection.blocked', reason: 'low on memory' });
      return true;
    };
    await connection.open();
    expect((await connection.whenOpen()).blocked).toBe('low on memory');
    expect(records.map(({ message }) => message)).toEqual(['the broker takes no messages for now: low on memory']);
  });

  it('takes the next target when the first is down', async () => {
    const second = supervised(`amqp://127.0.0.1:1/;${broker.uri}`);
    await second.open();
    expect(second.isOpen).toBe(true);
    await second.close();
  });

  it('can be tried again after it failed', async () => {
    refuseThePassword();
    await expect(connection.open()).rejects.toThrow(BrokerUnavailableError);
    broker.react = () => false;
    await connection.open();
    expect(connection.isOpen).toBe(true);
  });

  it('ends when the connection is closed meanwhile', async () => {
    broker.react = ({ name }) => name === 'connection.open';
    const opening = connection.open();
    opening.catch(() => {});
    await broker.until('connection.open');
    await connection.close();
    await expect(opening).rejects.toThrow(TransportClosedError);
    await (await broker.connection(1)).ended;
  });
});

describe('opening that is to wait', () => {
  const waiting = (more: AmqpOptions = {}): SupervisedConnection =>
    new SupervisedConnection(
      resolveAmqpOptions({ uri: broker.uri, startup: 'wait', logger: recordingLogger(records), ...more }),
    );

  it('tells once why it waits, with every reason, and opens when the broker takes it', async () => {
    refuseThePassword();
    const patient = waiting();
    const opening = patient.open();
    await hurry(() => broker.connection(4));
    expect(patient.health()).toMatchObject({
      ready: false,
      state: 'connecting',
      reason: expect.stringMatching(/ACCESS_REFUSED.*waiting for it/) as string,
    });
    broker.react = () => false;
    await hurry(() => opening);
    expect(patient.health()).toMatchObject({ ready: true });
    expect(records.filter(({ level }) => level === 'warn')).toHaveLength(1);
    const where = patient.health().broker ?? '';
    expect(where).toMatch(/^amqp:\/\/127\.0\.0\.1:\d+\/$/);
    expect(records.at(-1)?.message).toBe(`connected to the broker at ${where}`);
    expect(records.at(-1)?.fields).toMatchObject({ broker: where });
    expect(patient.counters.total('connection_attempts_failed', 'mycel')).toBeGreaterThanOrEqual(3);
    await patient.close();
  });

  it('ends when its time is over, with the last reason, though an attempt is under way', async () => {
    const patient = waiting({ uri: 'amqp://127.0.0.1:1/', startupTimeout: 500 });
    await expect(patient.open()).rejects.toThrow(/within 500 ms \(amqp\.startup_timeout\): .*ECONNREFUSED/);
    broker.react = ({ name }) => name === 'connection.open';
    await expect(waiting({ startupTimeout: 40 }).open()).rejects.toThrow(BrokerUnavailableError);
  });

  it('ends at once when it is closed', async () => {
    const patient = waiting({ uri: 'amqp://127.0.0.1:1/' });
    const opening = patient.open();
    opening.catch(() => {});
    await expect.poll(() => records.length).toBeGreaterThan(0);
    await patient.close();
    await expect(opening).rejects.toThrow(TransportClosedError);
  });
});

describe('a broker that is asked for', () => {
  it('is looked for before every attempt to connect, and shown without passwords', async () => {
    await using second = await ObligingBroker.start();
    const uris = [broker.uri, second.uri.replace('//', '//me:secret@')];
    const settings = resolveAmqpOptions({ uri: () => uris.shift() ?? '', logger: recordingLogger(records) });
    const { source } = settings;
    expect(source.target).toBe('not looked for yet');
    const moving = new SupervisedConnection(settings);
    await moving.open();
    (await broker.connection(1)).socket.destroy();
    await (await moving.whenOpen()).closed;
    await hurry(() => moving.whenOpen());
    expect(second.connections).toHaveLength(1);
    expect(source.target).toMatch(/^amqp:\/\/me@127\.0\.0\.1:\d+\/$/);
    await moving.close();
  });

  it('that nobody knows, or whose address is none, is an attempt that failed', async () => {
    const answers = [() => Promise.reject(new Error('no such secret')), () => 'http://broker', () => broker.uri];
    const asked = supervised(() => answers.shift()?.() ?? '');
    await expect(asked.open()).rejects.toThrow(/^cannot connect to the broker \(asked where it is: no such secret\)/);
    await expect(asked.open()).rejects.toThrow(/asked where it is: 'http:\/\/broker' is not an AMQP URI/);
    await asked.open();
    expect(asked.isOpen).toBe(true);
    await asked.close();
  });

  it('is not waited for longer than the connection may take, nor after it was closed', async () => {
    const never = (): Promise<string> => new Promise(() => {});
    const slow = new SupervisedConnection(resolveAmqpOptions({ uri: never, connectTimeout: 20 }));
    await expect(slow.open()).rejects.toThrow('asked where it is: no answer within 20 ms');
    const asked = supervised(never);
    const opening = asked.open();
    opening.catch(() => {});
    await asked.close();
    await expect(opening).rejects.toThrow(TransportClosedError);
  });

  it('is asked for once at a time, however many attempts to connect wait for the answer', async () => {
    let asked = 0;
    const answer = deferred<string>();
    const source = new NetworkSource(async () => {
      asked += 1;
      return parseAmqpUris(await answer.promise);
    }, 10_000);
    const beside = source.connect({ connectionName: 'test', signal: AbortSignal.abort(new Error('too slow')) });
    await expect(beside).rejects.toThrow('too slow');
    const connections = [1, 2].map(() => source.connect({ connectionName: 'test' }));
    answer.resolve(broker.uri);
    for (const connection of connections) await (await connection).close();
    expect(asked).toBe(1);
    await (await source.connect({ connectionName: 'test' })).close();
    expect(asked).toBe(2);
  });

  it('is asked for anew when an answer has not come in time', async () => {
    const answers = [new Promise<string>(() => {}), Promise.resolve(broker.uri)];
    const source = new NetworkSource(async () => parseAmqpUris((await answers.shift()) ?? ''), 20);
    await expect(source.connect({ connectionName: 'test' })).rejects.toThrow('no answer within 20 ms');
    await (await source.connect({ connectionName: 'test' })).close();
  });
});

describe('a connection that is lost', () => {
  it('comes back, and resolves what waited for it', async () => {
    await connection.open();
    const first = await connection.whenOpen();
    (await broker.connection(1)).socket.destroy();
    await first.closed;
    const waiting = connection.whenOpen();
    await hurry(() => waiting);
    expect((await waiting).isOpen).toBe(true);
    expect(await waiting).not.toBe(first);
  });

  it('is not handed out in the moment in which nobody has told of the loss', async () => {
    await connection.open();
    const first = await connection.whenOpen();
    first.destroy(new Error('lost'));
    const next = connection.whenOpen();
    await hurry(() => next);
    expect((await next).isOpen).toBe(true);
  });

  it('waits longer each time when every new connection is lost at once', async () => {
    broker.react = ({ name }, channel, peer) => {
      if (name !== 'connection.open') return false;
      peer.send(channel, { name: 'connection.open-ok' });
      peer.socket.end();
      return true;
    };
    await connection.open();
    // With their random halves left out, six waits take 100 + 200 + 400 + 800 + 1600 + 3200 ms.
    vi.spyOn(Math, 'random').mockReturnValue(0);
    expect(await hurry(() => broker.connection(7))).toBeGreaterThan(6000);
    vi.restoreAllMocks();
  });

  it('tells once for each new reason why it does not come back, and goes on trying', async () => {
    await connection.open();
    refuseThePassword();
    (await broker.connection(1)).socket.destroy();
    await hurry(() => broker.connection(5));
    broker.react = () => false;
    await hurry(() => connection.whenOpen());
    const warnings = records.filter(({ level }) => level === 'warn').map(({ message }) => message);
    expect(warnings).toEqual([
      expect.stringContaining('lost the connection to the broker'),
      expect.stringContaining('ACCESS_REFUSED'),
    ]);
    expect(JSON.stringify(records)).not.toContain('supervised-connection.ts');
    expect(records.at(1)?.fields).toMatchObject({
      err: { code: 'MYCEL_BROKER_UNAVAILABLE', cause: { type: 'AccessRefusedError' } },
    });
  });

  it('is given up after a while, if that is wanted, and then whoever runs on it is told', async () => {
    const given: unknown[] = [];
    const settings = resolveAmqpOptions({ uri: broker.uri, reconnectTimeout: 40, logger: recordingLogger(records) });
    const impatient = new SupervisedConnection({ ...settings, onGivenUp: (error) => given.push(error) });
    await impatient.open();
    refuseThePassword();
    (await broker.connection(1)).socket.destroy();
    await expect.poll(() => given).toMatchObject([{ code: 'MYCEL_BROKER_UNAVAILABLE' }]);
    expect(impatient.isClosed).toBe(true);
    await expect(impatient.whenOpen()).rejects.toThrow(/within 40 ms \(amqp\.reconnect_timeout\)/);
    expect(impatient.health()).toMatchObject({ ready: false, state: 'closed', reason: expect.any(String) as string });
  });

  it('waits no longer than a second and a half for the next attempt while nobody takes it', async () => {
    await connection.open();
    refuseThePassword();
    vi.spyOn(Math, 'random').mockReturnValue(0);
    (await broker.connection(1)).socket.destroy();
    await hurry(() => broker.connection(7));
    expect(await hurry(() => broker.connection(9))).toBeLessThanOrEqual(2 * 1500 + 500);
    vi.restoreAllMocks();
    expect(connection.counters.total('connections_lost', 'mycel')).toBe(1);
  });

  it('stays away once it is closed, and nobody waits for it any more', async () => {
    await connection.open();
    (await broker.connection(1)).socket.destroy();
    const [first, waiting] = [await connection.whenOpen(), connection.whenOpen()];
    await first.closed;
    const late = connection.whenOpen();
    late.catch(() => {});
    await connection.close();
    await waiting;
    await expect(late).rejects.toThrow(TransportClosedError);
    await expect(connection.whenOpen()).rejects.toThrow(TransportClosedError);
    expect(broker.connections).toHaveLength(1);
  });
});

describe('a broker that takes no messages', () => {
  it('is told of, with its reason, until it takes them again or the connection is lost', async () => {
    await connection.open();
    const heard: string[] = [];
    const stop = connection.onUnblocked(() => heard.push('unblocked'));
    const peer = await broker.connection(1);
    peer.send(0, { name: 'connection.blocked', reason: 'low on memory' });
    await expect.poll(() => connection.blocked).toBe('low on memory');
    peer.send(0, { name: 'connection.unblocked' });
    await expect.poll(() => heard).toEqual(['unblocked']);
    expect(connection.blocked).toBeUndefined();
    stop();
    peer.send(0, { name: 'connection.blocked', reason: 'low on disk' });
    await expect.poll(() => connection.blocked).toBe('low on disk');
    peer.socket.destroy();
    await expect.poll(() => connection.blocked).toBeUndefined();
    expect(heard).toEqual(['unblocked']);
  });
});

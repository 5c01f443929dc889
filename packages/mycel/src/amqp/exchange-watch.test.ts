import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import { type LogRecord, recordingLogger } from '../../../../tests/support/recording-logger.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import { resolveAmqpOptions } from './amqp-options.ts';
import { ExchangeWatch } from './exchange-watch.ts';
import { SupervisedConnection } from './supervised-connection.ts';

forbidUnhandledRejections();

let broker: ObligingBroker;
let connection: SupervisedConnection;
let watch: ExchangeWatch;
let records: LogRecord[];
let missing: Set<string>;

beforeEach(async () => {
  broker = await ObligingBroker.start();
  missing = new Set();
  // It has no exchange that is in `missing`, until that is declared.
  broker.react = (method, channel, peer) => {
    if (method.name !== 'exchange.declare') return false;
    if (!method.passive) missing.delete(method.exchange);
    if (!missing.has(method.exchange)) return false;
    const replyText = `NOT_FOUND - no exchange '${method.exchange}' in vhost '/'`;
    peer.send(channel, { name: 'channel.close', replyCode: 404, replyText, failedClassId: 40, failedMethodId: 10 });
    return true;
  };
  records = [];
  const logger = recordingLogger(records);
  connection = new SupervisedConnection(resolveAmqpOptions({ uri: broker.uri, logger }));
  await connection.open();
  watch = new ExchangeWatch(connection, { logger, intervalMs: 5 });
});

afterEach(async () => {
  watch.close();
  await connection.close();
  await broker[Symbol.asyncDispose]();
});

/** Has something hang on an exchange, and waits until the watch itself is attached: then it has bound everything once. */
async function attached(bindAgain: () => Promise<void>): Promise<void> {
  const first = deferred();
  watch.hangOn('shop.events', async () => first.resolve());
  await first.promise;
  watch.hangOn('shop.events', bindAgain);
}

it('looks for each exchange once, however many hang on it, and changes nothing while it is there', async () => {
  let bound = 0;
  await attached(async () => void bound++);
  for (let n = 0; n < 2; n++) watch.hangOn('shop.events', async () => void bound++);
  await broker.until('exchange.declare', 4);
  const asked = broker.seen.filter((method) => method.name === 'exchange.declare');
  expect(asked.map(({ exchange, passive }) => [exchange, passive]).slice(0, 4)).toEqual([
    ['mycel-control', false],
    ['shop.events', true],
    ['shop.events', true],
    ['shop.events', true],
  ]);
  expect(bound).toBe(0);
});

it('is not well, with the reason, until all that hung on a missing exchange is bound again', async () => {
  const [asked, gate] = [deferred(), deferred()];
  await attached(async () => {
    asked.resolve();
    await gate.promise;
  });
  expect(watch.health()).toMatchObject({ ready: true });
  missing.add('shop.events');
  await asked.promise;
  const reason = "the exchange 'shop.events' was deleted; binding to it again";
  expect(watch.health()).toEqual({ ready: false, state: 'binding', reason });
  expect(watch.isDoubtful('shop.events')).toBe(true);
  expect(watch.isDoubtful('other.events')).toBe(false);
  gate.resolve();
  await broker.until('basic.publish');
  await expect.poll(() => watch.health().ready).toBe(true);
  expect(broker.seen.find(({ name }) => name === 'basic.publish')).toMatchObject({
    exchange: 'mycel-control',
    routingKey: 'mycel.exchange-restored',
  });
  expect(connection.counters.total('exchanges_restored', 'shop.events')).toBe(1);
  expect(records).toHaveLength(1);
});

it('tells one loss once, whoever finds it', async () => {
  let bound = 0;
  await attached(async () => void bound++);
  for (let n = 0; n < 3; n++) {
    void watch.foundMissing('shop.events');
    await expect.poll(() => watch.health().ready).toBe(true);
  }
  expect(bound).toBeGreaterThanOrEqual(3); // thirty rounds may have passed, too
  expect(connection.counters.total('exchanges_restored')).toBe(1);
  expect(records).toHaveLength(1);
});

it('leaves alone what has let go, and binds everything again now and then', async () => {
  let [bound, gone] = [0, 0];
  const goes = async (): Promise<void> => void gone++;
  await attached(async () => void bound++);
  watch.hangOn('shop.events', goes);
  watch.letGo(goes);
  await expect.poll(() => bound).toBeGreaterThan(0); // after thirty rounds
  expect(gone).toBe(0);
});

it('asks a broker that refuses only now and then, and tells of it once', async () => {
  const react = broker.react;
  let refusals = 0;
  broker.react = (method, channel, peer) => {
    if (method.name !== 'exchange.declare' || method.passive) return react(method, channel, peer);
    refusals += 1;
    const replyText = "ACCESS_REFUSED - access to exchange 'mycel-control' refused";
    peer.send(channel, { name: 'channel.close', replyCode: 403, replyText, failedClassId: 40, failedMethodId: 10 });
    return true;
  };
  const rounds = vi.spyOn(connection, 'isOpen', 'get');
  watch.hangOn('shop.events', async () => {});
  await expect.poll(() => refusals).toBe(2);
  expect(rounds.mock.calls.length).toBeGreaterThan(30);
  expect(records).toHaveLength(1);
});

import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../../../../tests/support/free-ports.ts';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import { type LogRecord, recordingLogger } from '../../../../tests/support/recording-logger.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { silentLogger } from '../foundation/logger.ts';
import { BrokerUnavailableError } from '../transport/transport-errors.ts';
import { LocalBroker, type LocalBrokerOptions } from './local-broker.ts';

forbidUnhandledRejections();

function process(options: Partial<LocalBrokerOptions> & Pick<LocalBrokerOptions, 'ports'>): LocalBroker {
  const broker = new LocalBroker({ logger: silentLogger, mayHost: true, ...options });
  onTestFinished(() => broker.close());
  return broker;
}

test('is hosted by the first that needs it, on the first port, and found by the others', async () => {
  const ports = await freePorts(2);
  const [first, second, third] = [process({ ports }), process({ ports }), process({ ports, mayHost: false })];
  const here = { port: ports[0], uri: `amqp://127.0.0.1:${ports[0]}/`, pid: globalThis.process.pid };
  const { instance } = await first.find();
  expect(await first.find()).toEqual({ ...here, instance, isHosted: true });
  expect(await second.find()).toEqual({ ...here, instance, isHosted: false });
  expect(await third.find()).toEqual({ ...here, instance, isHosted: false });
});

test('is one broker for processes that look for it at the same moment', async () => {
  const ports = await freePorts(3);
  const places = await Promise.all(Array.from({ length: 5 }, () => process({ ports }).find()));
  expect(new Set(places.map(({ port }) => port)).size).toBe(1);
  expect(places.filter(({ isHosted }) => isHosted)).toHaveLength(1);
});

test('is hosted by another when its process has ended, which tells so', async () => {
  const ports = await freePorts(2);
  const records: LogRecord[] = [];
  const first = process({ ports });
  await first.find();
  const second = process({ ports, logger: recordingLogger(records) });
  await second.find();
  expect(records).toEqual([]);
  await first.close();
  expect(await second.find()).toMatchObject({ port: ports[0], isHosted: true });
  expect(records.map(({ message }) => message)).toEqual([
    'the embedded broker is gone with what it held; this process hosts a new one',
  ]);
});

test('listens on another port where one is taken, and says by whom', async () => {
  await using foreign = await ObligingBroker.start();
  const taken = Number(new URL(foreign.uri).port);
  const [free = 0] = await freePorts(1);
  const records: LogRecord[] = [];
  const broker = process({ ports: [taken, free], logger: recordingLogger(records) });
  expect(await broker.find()).toMatchObject({ port: free, isHosted: true });
  expect(records).toMatchObject([{ level: 'warn', message: expect.stringMatching(`^port ${taken} is taken by `) }]);
});

test('is not hosted by those that only ask, who are told what to do', async () => {
  const ports = await freePorts(1);
  const asking = process({ ports, mayHost: false });
  await expect(asking.find()).rejects.toThrow(BrokerUnavailableError);
  await expect(asking.find()).rejects.toThrow(/no embedded one runs on this machine \(port \d+\); start services/);
});

/** Listens on a port of its own, and speaks another protocol. */
async function mailServer(): Promise<number> {
  const holder = createServer((socket) => socket.end('220 mail\r\n')).listen(0, '127.0.0.1');
  await once(holder, 'listening');
  onTestFinished(() => void holder.close());
  // An address is a string only for a server on a pipe.
  return (holder.address() as AddressInfo).port;
}

test('tells those that only ask who might be the broker, and does not answer', async () => {
  const port = await mailServer();
  const [free = 0] = await freePorts(1);
  await expect(process({ ports: [free, port], mayHost: false }).find()).rejects.toThrow(
    `; whoever has port ${port} does not answer: busy, or halted?); start services`,
  );
});

test('cannot be where every port is taken', async () => {
  const port = await mailServer();
  await expect(process({ ports: [port] }).find()).rejects.toThrow(
    `port ${port} is taken by a program that does not answer as an AMQP broker; set broker.port to a free port`,
  );
});

test('ends with the process that hosts it, and is not hosted by one that is ending', async () => {
  const ports = await freePorts(1);
  const broker = process({ ports });
  await broker.find();
  await broker.close();
  await broker.close();
  await expect(broker.find()).rejects.toThrow(BrokerUnavailableError);
  expect(await process({ ports }).find()).toMatchObject({ isHosted: true });
});

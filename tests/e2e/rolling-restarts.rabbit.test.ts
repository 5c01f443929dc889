import { afterEach, beforeEach, expect, test } from 'vitest';
import { AmqpTransport } from '../../packages/mycel/src/amqp/amqp-transport.ts';
import { audit } from '../chaos/books/audit.ts';
import { Ledger } from '../chaos/books/ledger.ts';
import { totalsOf } from '../chaos/report.ts';
import { drain } from '../chaos/workload/drain.ts';
import { Load } from '../chaos/workload/load.ts';
import { ServiceProcess } from '../chaos/rabbitmq/service-process.ts';
import { freePorts } from '../support/free-ports.ts';
import { useFreshVhost } from '../support/fresh-vhost.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const replicaCount = 3;
const restarts = 20;

const rabbit = useFreshVhost();
let transport: AmqpTransport;
let ledger: Ledger;
const replicas: ServiceProcess[] = [];
const trace: string[] = [];
let started = 0;

beforeEach(async () => {
  ledger = new Ledger((line) => trace.push(line));
  transport = new AmqpTransport({ uri: rabbit.uri, publishTimeout: '5m' });
  await transport.open();
});

afterEach(async () => {
  await transport.close();
  await Promise.all(replicas.map((replica) => replica.kill()));
});

async function startReplica(): Promise<ServiceProcess> {
  const [healthPort = 0] = await freePorts(1);
  const note = (line: string): void => void trace.push(line);
  const replica = new ServiceProcess({ name: `r${++started}`, uri: rabbit.uri, healthPort, ledger, note });
  await replica.untilReady(240_000);
  return replica;
}

/** Starts as many new replicas, which takes longest and so side by side; each that is ready takes the place of an old one. */
async function rollingRestart(): Promise<void> {
  await Promise.all(
    [...replicas.keys()].map(async (index) => {
      const next = await startReplica();
      const old = replicas[index];
      replicas[index] = next;
      expect(await old?.stop()).toBe(0);
    }),
  );
}

test(`${restarts} rolling restarts of ${replicaCount} replicas under load lose nothing and fail no call`, async () => {
  replicas.push(...(await Promise.all(Array.from({ length: replicaCount }, startReplica))));
  const ending = new AbortController();
  const station = { name: 's', transport, losses: () => 0 };
  const load = new Load(station, {
    ledger,
    random: new SeededRandom(1),
    everyMs: 20,
    keyEveryMs: 400,
    countsByProcess: true,
    callTimeouts: { leastMs: 60_000, mostMs: 70_000 },
  }).run(ending.signal);
  for (let restart = 0; restart < restarts; restart++) await rollingRestart();
  ending.abort();
  await load;
  const isDrained = await drain(ledger, transport, 60_000);
  expect(isDrained, [...ledger.outstanding(), ...trace.slice(-50)].join('\n')).toBe(true);
  expect(audit(ledger, { slackMs: 20_000 }), trace.slice(-50).join('\n')).toEqual([]);
  const { calls, acknowledged, published } = totalsOf(ledger, []);
  expect(acknowledged).toBe(published);
  expect(Object.keys(calls).toSorted()).toEqual(['MYCEL_CALL_CANCELLED', 'declared', 'ok']);
}, 1_200_000);

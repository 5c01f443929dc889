import type { ContenderPlan } from './contender.ts';
import type { Scenario } from './rounds.ts';

const rpcContenders: readonly ContenderPlan[] = [
  { name: 'amqplib', server: 'amqplib-rpc-server.ts', client: 'amqplib-rpc-client.ts' },
  { name: 'bare', server: 'bare-rpc-server.ts', client: 'bare-rpc-client.ts' },
  { name: 'mycel', server: 'mycel-rpc-server.ts', client: 'mycel-rpc-client.ts' },
  { name: 'mycel worker', server: 'mycel-rpc-server.ts', client: 'mycel-worker-client.ts' },
];

function eventContenders(queueType: 'classic' | 'quorum'): ContenderPlan[] {
  return ['amqplib', 'mycel'].map((name) => ({
    name,
    server: `${name}-events-server.ts`,
    client: `${name}-events-client.ts`,
    isEvents: true,
    queueType,
  }));
}

/** The same programs on RabbitMQ and on the embedded broker in a process of its own. */
function onBothBrokers(name: string, plan: Omit<ContenderPlan, 'name'>): ContenderPlan[] {
  return [
    { name: `${name} on RabbitMQ`, ...plan },
    { name: `${name} on the embedded broker`, ...plan, isOnEmbeddedBroker: true },
  ];
}

/** What is measured, by the part of the benchmark that `--only` chooses. */
export const scenarios = {
  rpc: [{ name: 'rpc', inFlight: [1, 10, 50, 200], contenders: rpcContenders }],
  events: [
    { name: 'events, quorum queue', inFlight: [100], contenders: eventContenders('quorum') },
    { name: 'events, classic queue', inFlight: [100], contenders: eventContenders('classic') },
  ],
  broker: [
    {
      name: 'broker, rpc',
      inFlight: [1, 50],
      contenders: onBothBrokers('mycel', { server: 'mycel-rpc-server.ts', client: 'mycel-rpc-client.ts' }),
    },
    {
      name: 'broker, direct reply-to',
      inFlight: [1, 50],
      contenders: onBothBrokers('amqplib', { server: 'amqplib-rpc-server.ts', client: 'amqplib-rpc-client.ts' }),
    },
    {
      name: 'broker, events',
      inFlight: [100],
      contenders: onBothBrokers('mycel', {
        server: 'mycel-events-server.ts',
        client: 'mycel-events-client.ts',
        isEvents: true,
        queueType: 'classic',
      }),
    },
  ],
} satisfies Record<string, readonly Scenario[]>;

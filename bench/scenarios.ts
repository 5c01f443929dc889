import type { ContenderPlan } from './contender.ts';
import { eventPeers, rpcPeers } from './peer-contenders.ts';
import type { Scenario } from './rounds.ts';

const rpcContenders: readonly ContenderPlan[] = [
  { name: 'amqplib', server: 'contenders/amqplib-rpc-server.ts', client: 'contenders/amqplib-rpc-client.ts' },
  { name: 'bare', server: 'contenders/bare-rpc-server.ts', client: 'contenders/bare-rpc-client.ts' },
  { name: 'mycel', server: 'contenders/mycel-rpc-server.ts', client: 'contenders/mycel-rpc-client.ts' },
  { name: 'mycel worker', server: 'contenders/mycel-rpc-server.ts', client: 'contenders/mycel-worker-client.ts' },
];

function eventContenders(queueType: 'classic' | 'quorum'): ContenderPlan[] {
  return ['amqplib', 'mycel'].map((name) => ({
    name,
    server: `contenders/${name}-events-server.ts`,
    client: `contenders/${name}-events-client.ts`,
    isEvents: true,
    queueType,
  }));
}

/** Amqplib and Mycel as they are set beside the frameworks: what they are said to do is tried, too. */
function beside(plans: readonly ContenderPlan[]): ContenderPlan[] {
  return plans
    .filter(({ name }) => name === 'amqplib' || name === 'mycel')
    .map((plan) => ({ ...plan, claims: { confirms: true, acks: true } }));
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
      contenders: onBothBrokers('mycel', {
        server: 'contenders/mycel-rpc-server.ts',
        client: 'contenders/mycel-rpc-client.ts',
      }),
    },
    {
      name: 'broker, direct reply-to',
      inFlight: [1, 50],
      contenders: onBothBrokers('amqplib', {
        server: 'contenders/amqplib-rpc-server.ts',
        client: 'contenders/amqplib-rpc-client.ts',
      }),
    },
    {
      name: 'broker, events',
      inFlight: [100],
      contenders: onBothBrokers('mycel', {
        server: 'contenders/mycel-events-server.ts',
        client: 'contenders/mycel-events-client.ts',
        isEvents: true,
        queueType: 'classic',
      }),
    },
  ],
  peers: [
    { name: 'peers, rpc', inFlight: [50], contenders: [...beside(rpcContenders), ...rpcPeers], alsoTo: 'mycel' },
    {
      name: 'peers, events, classic queue',
      inFlight: [100],
      contenders: [...beside(eventContenders('classic')), ...eventPeers],
      alsoTo: 'mycel',
    },
  ],
} satisfies Record<string, readonly Scenario[]>;

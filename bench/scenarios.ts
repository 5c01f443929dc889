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

/** What is measured, by the part of the benchmark that `--only` chooses. */
export const scenarios = {
  rpc: [{ name: 'rpc', inFlight: [1, 10, 50, 200], contenders: rpcContenders }],
  events: [
    { name: 'events, quorum queue', inFlight: [100], contenders: eventContenders('quorum') },
    { name: 'events, classic queue', inFlight: [100], contenders: eventContenders('classic') },
  ],
} satisfies Record<string, readonly Scenario[]>;

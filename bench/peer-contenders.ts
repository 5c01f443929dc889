import type { ContenderPlan } from './contender.ts';
import { moleculerNames } from './names.ts';

type Peer = Omit<ContenderPlan, 'server' | 'client' | 'isEvents'> & {
  /** The folder of its programs, under `peers/`. */
  readonly folder: string;
};

const common: readonly Peer[] = [
  { name: 'nestjs, auto-ack', folder: 'nestjs', variant: 'auto-ack', claims: { confirms: true, acks: false } },
  { name: 'nestjs, acks', folder: 'nestjs', variant: 'acks', claims: { confirms: true, acks: true } },
  { name: 'nestjs, acks, tuned', folder: 'nestjs', variant: 'acks, tuned', claims: { confirms: true, acks: true } },
  { name: 'golevelup', folder: 'golevelup', claims: { confirms: true, acks: true } },
  { name: 'golevelup, tuned', folder: 'golevelup', variant: 'tuned', claims: { confirms: true, acks: true } },
];

function moleculer(isEvents: boolean): Peer[] {
  return [
    {
      name: 'moleculer',
      folder: 'moleculer',
      // As shipped its requests are acknowledged, its events are not.
      claims: { confirms: false, acks: !isEvents },
      names: (id) => moleculerNames(id, isEvents, false),
    },
    {
      name: 'moleculer, tuned',
      folder: 'moleculer',
      variant: 'tuned',
      claims: { confirms: false, acks: true },
      names: (id) => moleculerNames(id, isEvents, true),
    },
  ];
}

function plan({ folder, ...rest }: Peer, pattern: 'rpc' | 'events'): ContenderPlan {
  return {
    ...rest,
    server: `peers/${folder}/${pattern}-server.mjs`,
    client: `peers/${folder}/${pattern}-client.mjs`,
    isEvents: pattern === 'events',
  };
}

/** The frameworks beside Mycel, making calls. */
export const rpcPeers: readonly ContenderPlan[] = [...common, ...moleculer(false)].map((peer) => plan(peer, 'rpc'));

/** The frameworks beside Mycel, with events. All queues are classic ones: none of them declares another. */
export const eventPeers: readonly ContenderPlan[] = [...common, ...moleculer(true)].map((peer) => plan(peer, 'events'));

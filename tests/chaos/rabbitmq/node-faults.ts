import type { PrivateServer } from '../../../scripts/test-rings/private-rabbitmq.ts';
import type { Fault, FaultMenu } from '../plan/fault-plan.ts';
import { pause } from '../workload/pause.ts';

/** What an operator or a bad day does to a node. */
export type NodeFaultKind =
  | 'connection closed'
  | 'all connections closed'
  | 'node stops'
  | 'node crashes'
  | 'out of memory';

export type RabbitFaultKind =
  | NodeFaultKind
  | 'queue deleted'
  | 'exchange deleted'
  | 'replay'
  | 'replay killed'
  | 'instance stops'
  | 'instance killed';

/** The faults of the ring on a real node. */
export function rabbitMenu(targets: number): FaultMenu<RabbitFaultKind> {
  return {
    weights: {
      'connection closed': 4,
      'all connections closed': 2,
      'node stops': 1,
      'node crashes': 1,
      'out of memory': 2,
      'queue deleted': 1,
      'exchange deleted': 1,
      replay: 1,
      'replay killed': 2,
      'instance stops': 2,
      'instance killed': 2,
    },
    targets,
    everyMs: 2500,
    longestMs: 4000,
  };
}

/** Lets a fault happen to a node, and mends it. Resolves when the node is whole again. */
export async function breakNode(node: PrivateServer, { kind, target, forMs }: Fault<NodeFaultKind>): Promise<void> {
  switch (kind) {
    case 'connection closed':
      return closeOne(node, target);
    case 'all connections closed':
      await node.control('close_all_connections', 'as planned');
      return;
    case 'node stops':
      await node.control('stop_app');
      await pause(forMs);
      await mend(node, 'start_app');
      return electLeaders(node);
    case 'node crashes':
      await node.crash();
      await pause(forMs);
      await node.startAgain();
      return electLeaders(node);
    case 'out of memory':
      try {
        await node.control('set_vm_memory_high_watermark', '0.0001');
        await pause(forMs);
      } finally {
        await mend(node, 'set_vm_memory_high_watermark', '0.4');
      }
  }
}

const attemptsToMend = 5;

/** Now and then a command gets no answer although it has had its effect; what is not mended would break the run. */
async function mend(node: PrivateServer, ...command: string[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await node.control(...command);
      return;
    } catch (error) {
      if (attempt === attemptsToMend) throw error;
    }
  }
}

/** How long a queue may take to find its leader by itself. */
const electionMs = 2000;

/** For each quorum queue that has no leader: an election. */
const election =
  '[ra:trigger_election(amqqueue:get_pid(Q)) || Q <- rabbit_amqqueue:list(), amqqueue:get_type(Q) =:= rabbit_quorum_queue, ets:lookup(ra_state, element(1, amqqueue:get_pid(Q))) =/= [{element(1, amqqueue:get_pid(Q)), leader}]].';

/**
 * Does what an operator must: RabbitMQ 3.10 leaves a quorum queue without a leader for ever, now and then, when it was killed soon
 * after the queue was declared.
 */
async function electLeaders(node: PrivateServer): Promise<void> {
  await pause(electionMs);
  await node.control('eval', election);
}

async function closeOne(node: PrivateServer, target: number): Promise<void> {
  const list = await node.control('list_connections', 'pid', '--no-table-headers');
  const pids = list.split('\n').filter((line) => line.startsWith('<'));
  const pid = pids[target % Math.max(1, pids.length)];
  // It may be gone by now.
  if (pid) await node.control('close_connection', pid, 'as planned').catch(() => {});
}

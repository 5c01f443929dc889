import type { TopologyMismatch } from '../transport/transport-errors.ts';
import { requestQueue } from './topology.ts';

/** A mismatch as the broker told it. */
export interface DeclarationMismatch extends TopologyMismatch {
  readonly kind: 'queue' | 'exchange';
  readonly vhost: string | undefined;
}

/** RabbitMQ's words, the same from 3.8 to 4.x. A refusal has 255 bytes: with long names its end is cut off. */
const words =
  /inequivalent arg '([^']*)' for (queue|exchange) '(.*?)'(?: in vhost '(.*?)'(?:: received (.*))?)?(?:\.{3})?$/s;

const typed = /^the value '(.*)' of type '[^']*'$/s;

/** Reads which argument of which queue or exchange differs, and how; `undefined` for any other refusal. */
export function mismatchIn(replyText: string): DeclarationMismatch | undefined {
  const match = words.exec(replyText);
  if (!match) return undefined;
  const [, argument = '', kind, entity = '', vhost, values = ''] = match;
  const [received, existing] = values.split(' but current is ');
  return {
    kind: kind === 'exchange' ? 'exchange' : 'queue',
    entity,
    vhost,
    argument,
    wanted: plain(received, argument),
    existing: plain(existing, argument),
  };
}

/** Says what is wrong and which commands mend it. */
export function describeMismatch(mismatch: DeclarationMismatch): string {
  const { kind, entity, vhost, argument, wanted = 'unset', existing = 'unset' } = mismatch;
  const where = vhost === undefined ? '' : ` in virtual host '${vhost}'`;
  return `${kind} '${entity}'${where} exists with another ${argument}: it has ${existing}, this process wants ${wanted}; ${remedy(mismatch)}`;
}

function remedy({ kind, entity, vhost = '/', argument }: DeclarationMismatch): string {
  if (kind === 'exchange')
    return `find out which program declares it so; once none uses it, delete it (rabbitmqadmin --vhost '${vhost}' delete exchange name='${entity}'), and it is declared anew`;
  const deletion = `rabbitmqctl delete_queue --vhost '${vhost}' --if-empty '${entity}'`;
  const mayBeKept = argument === 'x-queue-type' || argument === 'durable' || argument === 'auto_delete';
  if (argument === 'x-queue-type' && entity.startsWith(requestQueue('').queue))
    return `all instances of a service need the same amqp.rpc_queue_type: set it to what the queue has, or stop them all, delete it (${deletion}), and it is declared anew`;
  const keep = mayBeKept ? "; or, to share queues that Nameko declared, keep it and set amqp.topology to 'nameko'" : '';
  return `a queue cannot be changed: have its messages handled, delete it (${deletion}), and it is declared anew${keep}`;
}

/** A value without the broker's packing; `undefined` for none, and for what was cut off. A queue of no type is a classic one. */
function plain(text: string | undefined, argument: string): string | undefined {
  if (text === 'none') return argument === 'x-queue-type' ? 'classic' : undefined;
  return text && (typed.exec(text)?.[1] ?? /^'(.*)'$/s.exec(text)?.[1]);
}

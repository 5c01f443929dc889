import { protocol } from '../../protocol/codec/index.ts';
import { AmqpFault } from './amqp-fault.ts';

const { REPLY_CODE } = protocol;

/** Names a queue as RabbitMQ's texts do. */
export function describeQueue(name: string, vhost: string): string {
  return `queue '${name}' in vhost '${vhost}'`;
}

/** 403 */
export function accessRefused(problem: string): AmqpFault {
  return new AmqpFault(REPLY_CODE.accessRefused, `ACCESS_REFUSED - ${problem}`);
}

/** 404 */
export function notFound(problem: string): AmqpFault {
  return new AmqpFault(REPLY_CODE.notFound, `NOT_FOUND - ${problem}`);
}

/** 405 */
export function resourceLocked(problem: string): AmqpFault {
  return new AmqpFault(REPLY_CODE.resourceLocked, `RESOURCE_LOCKED - ${problem}`);
}

/** 405: the queue is another connection's own. */
export function notOwned(queue: string): AmqpFault {
  return resourceLocked(
    `cannot obtain exclusive access to locked ${queue}. It could be originally declared on another ` +
      'connection or the exclusive property value does not match that of the original declaration.',
  );
}

/** 406 */
export function preconditionFailed(problem: string): AmqpFault {
  return new AmqpFault(REPLY_CODE.preconditionFailed, `PRECONDITION_FAILED - ${problem}`);
}

/** 503 */
export function commandInvalid(problem: string): AmqpFault {
  return new AmqpFault(REPLY_CODE.commandInvalid, `COMMAND_INVALID - ${problem}`);
}

/** 530 */
export function notAllowed(problem: string): AmqpFault {
  return new AmqpFault(REPLY_CODE.notAllowed, `NOT_ALLOWED - ${problem}`);
}

/** 540 */
export function notImplemented(problem: string): AmqpFault {
  return new AmqpFault(REPLY_CODE.notImplemented, `NOT_IMPLEMENTED - ${problem}`);
}

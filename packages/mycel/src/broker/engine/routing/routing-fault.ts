import { protocol } from '../../../protocol/codec/index.ts';
import { AmqpFault } from '../amqp-fault.ts';

const { REPLY_CODE } = protocol;

/** Something that is not there was named (404). */
export function noSuch(kind: 'exchange' | 'queue', name: string, vhost: string): AmqpFault {
  return new AmqpFault(REPLY_CODE.notFound, `NOT_FOUND - no ${kind} '${name}' in vhost '${vhost}'`);
}

/** Nobody may do this (403). */
export function accessRefused(what: string): AmqpFault {
  return new AmqpFault(REPLY_CODE.accessRefused, `ACCESS_REFUSED - ${what}`);
}

/** It cannot be done with things as they are (406). */
export function preconditionFailed(what: string): AmqpFault {
  return new AmqpFault(REPLY_CODE.preconditionFailed, `PRECONDITION_FAILED - ${what}`);
}

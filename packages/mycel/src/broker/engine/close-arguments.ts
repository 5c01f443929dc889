import { METHOD_IDS, type Method } from '../../protocol/codec/index.ts';
import type { AmqpFault } from './amqp-fault.ts';

/** What `channel.close` and `connection.close` say. */
export interface CloseArguments {
  readonly replyCode: number;
  readonly replyText: string;
  readonly failedClassId: number;
  readonly failedMethodId: number;
}

/** Writes a fault as the arguments of a close. The method that was handled is to blame, unless the fault names another. */
export function closeArguments(
  { replyCode, replyText, method }: AmqpFault,
  handled: Method['name'] | undefined,
): CloseArguments {
  const blamed = method ?? handled;
  const ids = blamed === undefined ? 0 : METHOD_IDS[blamed];
  return { replyCode, replyText, failedClassId: ids >>> 16, failedMethodId: ids & 0xffff };
}

import { type FieldValue, typed, TypedValue } from '../../../protocol/codec/index.ts';
import { behavioursOf, type BrokerBehaviour, eachOf, needing } from './broker-behaviour.ts';
import { channelFault } from './faults.ts';

/** Argument, value, and what the broker has against it. */
const refused: readonly [string, FieldValue, string][] = [
  ['x-message-ttl', -1, '{value_negative,-1}'],
  ['x-message-ttl', '1000', '"expected integer, got longstr"'],
  ['x-message-ttl', typed('d', 10.5), '"expected integer, got double"'],
  ['x-message-ttl', true, '"expected integer, got bool"'],
  ['x-message-ttl', null, '"expected integer, got void"'],
  ['x-message-ttl', 315_360_000_001, '{value_too_large,315360000001}'],
  ['x-expires', 0, '{value_zero,0}'],
  ['x-expires', -1, '{value_negative,-1}'],
  ['x-expires', 'soon', '"expected integer, got longstr"'],
  ['x-max-length', -1, '{value_negative,-1}'],
  ['x-max-length', '5', '"expected integer, got longstr"'],
  ['x-max-length-bytes', -1, '{value_negative,-1}'],
  ['x-max-priority', -1, '{value_negative,-1}'],
  ['x-max-priority', 256, '{max_value_exceeded,256}'],
  ['x-max-priority', '5', '"expected integer, got longstr"'],
  ['x-overflow', 'nonsense', 'invalid_overflow'],
  ['x-overflow', 5, '{unacceptable_type,signedint}'],
  ['x-single-active-consumer', 'true', '{unacceptable_type,longstr}'],
  ['x-queue-type', 'nonsense', '"unsupported queue type \'nonsense\'"'],
  ['x-queue-type', 5, '{unacceptable_type,signedint}'],
  ['x-queue-mode', 'nonsense', '"unsupported queue mode \'nonsense\'"'],
  ['x-queue-version', 3, '"unsupported queue version \'3\'"'],
  ['x-dead-letter-routing-key', 'k', 'routing_key_but_no_dlx_defined'],
  ['x-dead-letter-routing-key', 5, '{unacceptable_type,signedint}'],
];

const accepted: readonly [string, FieldValue][] = [
  ['x-message-ttl', 0],
  ['x-message-ttl', typed('b', 100)],
  ['x-message-ttl', typed('s', 1000)],
  ['x-message-ttl', typed('l', 4294967295)],
  ['x-expires', 4294967295],
  ['x-max-length', 0],
  ['x-max-length-bytes', 0],
  ['x-max-priority', 0],
  ['x-max-priority', 255],
  ['x-overflow', 'drop-head'],
  ['x-overflow', 'reject-publish'],
  ['x-overflow', 'reject-publish-dlx'],
  ['x-single-active-consumer', false],
  ['x-queue-type', 'classic'],
  ['x-queue-mode', 'default'],
  ['x-queue-mode', 'lazy'],
  ['x-dead-letter-exchange', ''],
  ['x-dead-letter-exchange', 'none'],
  ['x-queue-version', 1],
  ['x-queue-version', 2],
  ['x-message-ttl', 315_360_000_000],
  ['x-queue-master-locator', 'min-masters'],
];

export const queueArguments: readonly BrokerBehaviour[] = behavioursOf('a queue declared with', {
  ...eachOf(
    accepted,
    ([name, value]) => `${name} ${shown(value)} is fine, twice`,
    async (world, [name, value]) => {
      const channel = await world.withQueue({ [name]: value });
      await channel.declareQueue('q', { arguments: { [name]: value } });
    },
  ),
  ...eachOf(
    refused,
    ([name, value]) => `${name} ${shown(value)} is refused`,
    async (world, [name, value, said]) => {
      const text = `PRECONDITION_FAILED - invalid arg '${name}' for ${world.in("queue 'q'")}: ${said}`;
      await channelFault(world.withQueue({ [name]: value }), 406, text);
    },
  ),
  'x-message-ttl 10 as a double is refused': needing(['numberTypes'], async (world) => {
    const said = '"expected integer, got double"';
    const text = `PRECONDITION_FAILED - invalid arg 'x-message-ttl' for ${world.in("queue 'q'")}: ${said}`;
    await channelFault(world.withQueue({ 'x-message-ttl': typed('d', 10) }), 406, text);
  }),
  'x-dead-letter-exchange 5 is refused': async (world) => {
    const said = "invalid type 'signedint' for arg 'x-dead-letter-exchange' in";
    const text = `PRECONDITION_FAILED - ${said} ${world.in("queue 'q'")}`;
    await channelFault(world.withQueue({ 'x-dead-letter-exchange': 5 }), 406, text);
  },
});

function shown(value: FieldValue): string {
  return value instanceof TypedValue ? `${JSON.stringify(value.value)} as ${value.tag}` : JSON.stringify(value);
}

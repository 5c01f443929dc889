import type { FieldTable } from '../../packages/mycel/src/protocol/client/index.ts';
import type { RoutingDoor } from './routing-door.ts';

/** Something that is refused, once `given` has been done. */
export interface RoutingRefusal {
  readonly what: string;
  readonly given?: (door: RoutingDoor) => Promise<void>;
  readonly attempt: (door: RoutingDoor) => Promise<unknown>;
  readonly code: number;
  /** RabbitMQ 3.10's text, where the virtual host is called `{vhost}`. */
  readonly text: string;
  /** What RabbitMQ says from 4.0 on, where that differs. */
  readonly since4?: { readonly replyCode: number; readonly replyText: string };
}

const onDefault = { code: 403, text: 'ACCESS_REFUSED - operation not permitted on the default exchange' };
const inequivalent = (argument: string, outcome: string) => ({
  code: 406,
  text: `PRECONDITION_FAILED - inequivalent arg '${argument}' for exchange 'x' in vhost '{vhost}': ${outcome}`,
});
const missing = (what: string) => ({ code: 404, text: `NOT_FOUND - no ${what} in vhost '{vhost}'` });

const withExchange = async (door: RoutingDoor): Promise<void> => door.declareExchange('x', 'direct');
const withAlternate = async (door: RoutingDoor): Promise<void> =>
  door.declareExchange('x', 'direct', { arguments: { 'alternate-exchange': 'y' } });
const withBinding = async (door: RoutingDoor): Promise<void> => {
  await withExchange(door);
  await door.declareQueue('q');
  await door.bindQueue('q', 'x', 'k');
};
const withHeaders = async (door: RoutingDoor): Promise<void> => {
  await door.declareExchange('h', 'headers');
  await door.declareQueue('q');
};
const bindHeaders = (args: FieldTable) => (door: RoutingDoor) => door.bindQueue('q', 'h', '', args);
const declareAgain = (args: FieldTable) => (door: RoutingDoor) =>
  door.declareExchange('x', 'direct', { arguments: args });

const declarations: readonly RoutingRefusal[] = [
  {
    what: 'an exchange of a type nobody knows',
    attempt: (door) => door.declareExchange('x', 'x-no-such-type'),
    code: 503,
    text: "COMMAND_INVALID - unknown exchange type 'x-no-such-type'",
    since4: { replyCode: 406, replyText: "PRECONDITION_FAILED - unknown exchange type 'x-no-such-type'" },
  },
  { what: 'declaring the default exchange', attempt: (door) => door.declareExchange('', 'direct'), ...onDefault },
  {
    what: 'asking for the default exchange',
    attempt: (door) => door.declareExchange('', 'direct', { passive: true }),
    ...onDefault,
  },
  {
    what: 'asking for an exchange that is not there',
    attempt: (door) => door.declareExchange('nope', '', { passive: true }),
    ...missing("exchange 'nope'"),
  },
  {
    what: 'an exchange with a reserved name',
    attempt: (door) => door.declareExchange('amq.mine', 'direct'),
    code: 403,
    text: "ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'",
  },
  {
    what: 'an alternate exchange that is no text',
    attempt: (door) => door.declareExchange('x', 'direct', { arguments: { 'alternate-exchange': true } }),
    code: 406,
    text: "PRECONDITION_FAILED - invalid type 'bool' for arg 'alternate-exchange' in exchange 'x' in vhost '{vhost}'",
  },
  {
    what: 'another type',
    given: withExchange,
    attempt: (door) => door.declareExchange('x', 'topic', { durable: true }),
    ...inequivalent('type', "received 'topic' but current is 'direct'"),
  },
  {
    what: 'durable, where it is not',
    given: withExchange,
    attempt: (door) => door.declareExchange('x', 'direct', { durable: true, autoDelete: true, internal: true }),
    ...inequivalent('durable', "received 'true' but current is 'false'"),
  },
  {
    what: 'auto-delete, where it is not',
    given: withExchange,
    attempt: (door) => door.declareExchange('x', 'direct', { autoDelete: true, internal: true }),
    ...inequivalent('auto_delete', "received 'true' but current is 'false'"),
  },
  {
    what: 'internal, where it is not',
    given: withExchange,
    attempt: (door) => door.declareExchange('x', 'direct', { internal: true }),
    ...inequivalent('internal', "received 'true' but current is 'false'"),
  },
  {
    what: 'an alternate exchange, where there is none',
    given: withExchange,
    attempt: declareAgain({ 'alternate-exchange': 'y' }),
    ...inequivalent('alternate-exchange', "received the value 'y' of type 'longstr' but current is none"),
  },
  {
    what: 'another alternate exchange',
    given: withAlternate,
    attempt: declareAgain({ 'alternate-exchange': 'z' }),
    ...inequivalent('alternate-exchange', "received 'z' but current is 'y'"),
  },
  {
    what: 'no alternate exchange, where there is one',
    given: withAlternate,
    attempt: declareAgain({}),
    ...inequivalent('alternate-exchange', "received none but current is the value 'y' of type 'longstr'"),
  },
];

const deletions: readonly RoutingRefusal[] = [
  { what: 'deleting the default exchange', attempt: (door) => door.deleteExchange(''), ...onDefault },
  {
    what: 'deleting a predeclared exchange',
    attempt: (door) => door.deleteExchange('amq.topic'),
    code: 403,
    text: "ACCESS_REFUSED - deletion of system exchange 'amq.topic' in vhost '{vhost}' not allowed",
  },
  {
    what: 'deleting an exchange with a reserved name that is not there',
    attempt: (door) => door.deleteExchange('amq.nope'),
    code: 403,
    text: "ACCESS_REFUSED - deletion of system exchange 'amq.nope' in vhost '{vhost}' not allowed",
  },
  {
    what: 'deleting an exchange, if unused, that has a binding',
    given: withBinding,
    attempt: (door) => door.deleteExchange('x', { ifUnused: true }),
    code: 406,
    text: "PRECONDITION_FAILED - exchange 'x' in vhost '{vhost}' in use",
  },
];

const bindings: readonly RoutingRefusal[] = [
  { what: 'binding to the default exchange', attempt: (door) => door.bindQueue('q', '', 'k'), ...onDefault },
  { what: 'unbinding from the default exchange', attempt: (door) => door.unbindQueue('q', '', 'q'), ...onDefault },
  { what: 'an exchange bound to the default one', attempt: (door) => door.bindExchange('x', '', 'k'), ...onDefault },
  { what: 'the default exchange bound to another', attempt: (door) => door.bindExchange('', 'x', 'k'), ...onDefault },
  { what: 'the default exchange unbound', attempt: (door) => door.unbindExchange('', 'x', 'k'), ...onDefault },
  {
    what: 'binding a queue that is not there',
    given: withExchange,
    attempt: (door) => door.bindQueue('nope', 'x', 'k'),
    ...missing("queue 'nope'"),
  },
  {
    what: 'binding to an exchange that is not there, the queue neither',
    attempt: (door) => door.bindQueue('no-queue', 'no-exchange', 'k'),
    ...missing("exchange 'no-exchange'"),
  },
  {
    what: 'binding an exchange that is not there',
    given: withExchange,
    attempt: (door) => door.bindExchange('nope', 'x', 'k'),
    ...missing("exchange 'nope'"),
  },
  {
    what: 'binding two exchanges that are not there',
    attempt: (door) => door.bindExchange('no-destination', 'no-source', 'k'),
    ...missing("exchange 'no-source'"),
  },
  {
    what: 'an x-match nobody knows',
    given: withHeaders,
    attempt: bindHeaders({ 'x-match': 'some' }),
    code: 406,
    text: 'PRECONDITION_FAILED - Invalid x-match field value <<"some">>; expected all, any, all-with-x, or any-with-x',
  },
  {
    what: 'an x-match that is no text',
    given: withHeaders,
    attempt: bindHeaders({ 'x-match': null }),
    code: 406,
    text: 'PRECONDITION_FAILED - Invalid x-match field type void (value undefined); expected longstr',
  },
];

const publications: readonly RoutingRefusal[] = [
  {
    what: 'publishing to an exchange that is not there',
    attempt: (door) => door.reached('nope', 'k', { CC: 'no list' }),
    ...missing("exchange 'nope'"),
  },
  {
    what: 'publishing to an internal exchange',
    attempt: (door) => door.reached('amq.rabbitmq.trace', 'k'),
    code: 403,
    text: "ACCESS_REFUSED - cannot publish to internal exchange 'amq.rabbitmq.trace' in vhost '{vhost}'",
  },
  {
    what: 'a CC that is no list',
    attempt: (door) => door.reached('amq.direct', 'k', { CC: 'other' }),
    code: 406,
    text: 'PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"CC",longstr}',
  },
  {
    what: 'a BCC that is no list',
    attempt: (door) => door.reached('amq.direct', 'k', { CC: [], BCC: { q: true } }),
    code: 406,
    text: 'PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"BCC",table}',
  },
];

/** What RabbitMQ refuses of exchanges, bindings and what is published to them. */
export const routingRefusals: readonly RoutingRefusal[] = [...declarations, ...deletions, ...bindings, ...publications];

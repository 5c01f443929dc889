import assert from 'node:assert/strict';
import { type FieldTable, typed } from '../../../protocol/codec/index.ts';
import { behavioursOf, type BrokerBehaviour, eachOf } from './broker-behaviour.ts';
import { channelFault } from './faults.ts';
import { send } from './queue-contents.ts';

/** What is bound, what is sent, whether they match. */
type Row = readonly [string, FieldTable, FieldTable | undefined, boolean];

const table: readonly Row[] = [
  ['wants all when it is not told what', { a: 1, b: 2 }, { a: 1, b: 2, c: 3 }, true],
  ['wants all when it is not told what, so not some', { a: 1, b: 2 }, { a: 1 }, false],
  ['by all takes a message that has more', { 'x-match': 'all', a: 1 }, { a: 1, z: 0 }, true],
  ['by all refuses another value', { 'x-match': 'all', a: 1, b: 2 }, { a: 1, b: 3 }, false],
  ['by all refuses a message without headers', { 'x-match': 'all', a: 1 }, undefined, false],
  ['by all takes everything when it names no header', { 'x-match': 'all' }, { a: 1 }, true],
  ['by all of nothing takes a message without headers', { 'x-match': 'all' }, undefined, true],
  ['without arguments takes everything', {}, undefined, true],
  ['by any takes one of them', { 'x-match': 'any', a: 1, b: 2 }, { b: 2 }, true],
  ['by any refuses none of them', { 'x-match': 'any', a: 1, b: 2 }, { a: 2, b: 1 }, false],
  ['by any refuses everything when it names no header', { 'x-match': 'any' }, { a: 1 }, false],
  ['by all does not look at names with x-', { 'x-match': 'all', a: 1, 'x-b': 2 }, { a: 1 }, true],
  ['by any does not look at names with x-', { 'x-match': 'any', a: 1, 'x-b': 2 }, { 'x-b': 2 }, false],
  ['by all-with-x does', { 'x-match': 'all-with-x', a: 1, 'x-b': 2 }, { a: 1 }, false],
  ['by all-with-x takes them', { 'x-match': 'all-with-x', a: 1, 'x-b': 2 }, { a: 1, 'x-b': 2 }, true],
  ['by any-with-x does', { 'x-match': 'any-with-x', a: 1, 'x-b': 2 }, { 'x-b': 2 }, true],
  ['asks for the name alone by a void', { a: null }, { a: 'whatever' }, true],
  ['asks for the name by a void, and it must be there', { a: null }, { b: 1 }, false],
  ['tells text from number', { a: '1' }, { a: 1 }, false],
  ['tells true from text', { a: true }, { a: 'true' }, false],
  ['compares integers by value, whatever their width', { a: typed('I', 1) }, { a: typed('l', 1) }, true],
  ['compares text', { a: 'x' }, { a: 'x' }, true],
  ['tells upper case from lower', { a: 'x' }, { a: 'X' }, false],
  ['tells names apart by case', { a: 1 }, { A: 1 }, false],
  ['compares lists', { a: [1, 'b'] }, { a: [1, 'b'] }, true],
  ['compares the order of lists', { a: [1, 2] }, { a: [2, 1] }, false],
  ['compares tables', { a: { b: 1 } }, { a: { b: 1 } }, true],
  ['compares the values in tables', { a: { b: 1 } }, { a: { b: 2 } }, false],
  ['compares doubles', { a: typed('d', 1.5) }, { a: typed('d', 1.5) }, true],
  ['takes one for one point nought', { a: typed('l', 1) }, { a: typed('d', 1) }, true],
];

export const headersExchange: readonly BrokerBehaviour[] = behavioursOf('a binding of a headers exchange', {
  ...eachOf(
    table,
    ([name]) => name,
    async (world, [, bound, headers, matches]) => {
      const channel = await world.withQueue();
      await channel.bindQueue('q', 'amq.headers', 'ignored', bound);
      const { returned } = await send(channel, 'amq.headers', 'another', headers ? { headers } : {});
      assert.equal(!returned, matches);
    },
  ),
  'is refused for an x-match that does not exist': async (world) => {
    const channel = await world.withQueue();
    const bound = channel.bindQueue('q', 'amq.headers', '', { 'x-match': 'some' });
    const text =
      'PRECONDITION_FAILED - Invalid x-match field value <<"some">>; expected all, any, all-with-x, or any-with-x';
    await channelFault(bound, 406, text);
  },
  'is refused for an x-match that is no text': async (world) => {
    const channel = await world.withQueue();
    const bound = channel.bindQueue('q', 'amq.headers', '', { 'x-match': 1 });
    const text = 'PRECONDITION_FAILED - Invalid x-match field type signedint (value 1); expected longstr';
    await channelFault(bound, 406, text);
  },
  'of an exchange matches as well': async (world) => {
    const channel = await world.withQueue();
    await channel.declareExchange('x', 'fanout');
    await channel.bindExchange('x', 'amq.match', '', { 'x-match': 'any', a: 1, b: 2 });
    await channel.bindQueue('q', 'x', '');
    assert.ok(!(await send(channel, 'amq.match', '', { headers: { b: 2 } })).returned);
    assert.ok((await send(channel, 'amq.match', '', { headers: { c: 2 } })).returned);
  },
});

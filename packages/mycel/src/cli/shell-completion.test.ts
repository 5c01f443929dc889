import { expect, test } from 'vitest';
import { ServiceListing } from '../app/service-listing.ts';
import { completeNames } from './shell-completion.ts';

const rpcOf = (method: string) => ({ kind: 'rpc', method });
const listing = new ServiceListing({
  services: [
    { service: 'math_service', entrypoints: [rpcOf('add'), rpcOf('addAll'), { kind: 'timer', method: 'tick' }] },
    { service: 'audit-log', entrypoints: [{ kind: 'event', method: 'on', source: 'orders', type: 'order.placed' }] },
    { service: 'orders', dispatches: [{ type: 'sold' }] },
  ],
  others: ['matter'],
  silent: 0,
});

test.each([
  ['n.', ['call', 'config', 'context', 'dispatch', 'rpc', 'services'], ''],
  ['await n.se', ['services'], 'se'],
  ['n.rpc.', ['math_service', 'matter', 'orders'], ''],
  ['const x = n.rpc.mat', ['math_service', 'matter'], 'mat'],
  ["n.rpc['aud", ['audit-log'], 'aud'],
  ['n.rpc.math_service.', ['add', 'addAll'], ''],
  ['f(n.rpc.math_service.addA', ['addAll'], 'addA'],
  ['n.rpc.matter.', [], ''],
  ["n.dispatch('", ['orders'], ''],
  ["n.dispatch('orders', '", ['order.placed', 'sold'], ''],
  ["n.dispatch('orders', 'order.", ['order.placed'], 'order.'],
  ["n.call('math", ['math_service'], 'math'],
  ["n.call('math_service', 'a", ['add', 'addAll'], 'a'],
])('%s is completed', (line, hits, typed) => {
  expect(completeNames(line, listing)).toEqual([hits, typed]);
});

test.each(['process.', 'x.n', 'n', "n.dispatch('orders', 'sold', {", 'in.rpc.'])('%s is left to JavaScript', (line) => {
  expect(completeNames(line, listing)).toBeUndefined();
});

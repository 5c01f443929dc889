import { expect, test } from 'vitest';
import { ServiceListing } from './service-listing.ts';

const add = { kind: 'rpc', method: 'add', parameters: '(x)', params: [{ name: 'x' }] };
const log = { kind: 'event', method: 'log', source: 'reports', type: 'asked' };

const listing = new ServiceListing({
  services: [
    { service: 'math', instance: '1', host: 'h', pid: 1, entrypoints: [add], dispatches: [{ type: 'added' }] },
    'no manifest',
    { entrypoints: [] },
    { service: 'audit', entrypoints: [log] },
    { service: 'math', instance: '2', pid: 'no number', entrypoints: [add, log], more: 'of a newer process' },
  ],
  others: ['python', 'cobol'],
  silent: 1,
});

test('instances are put together by service, and what is no manifest is left out', () => {
  expect(listing.services.map(({ name, instances }) => [name, instances.length])).toEqual([
    ['audit', 1],
    ['math', 2],
  ]);
  expect(listing.names).toEqual(['audit', 'cobol', 'math', 'python']);
  expect(listing.find('math')?.entrypoints.map(({ method }) => method)).toEqual(['add', 'log']);
  expect(listing.find('math')?.instances[1]).toMatchObject({ pid: undefined, more: 'of a newer process' });
});

test('only what answers calls is an rpc', () => {
  expect(listing.rpcs('math').map(({ method }) => method)).toEqual(['add']);
  expect(listing.rpcs('python')).toEqual([]);
});

test('events are those that somebody handles, and those of contracts', () => {
  expect([...listing.events()]).toEqual([
    ['reports', new Set(['asked'])],
    ['math', new Set(['added'])],
  ]);
});

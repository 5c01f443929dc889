import { expect, test } from 'vitest';
import { ServiceListing } from '../app/service-listing.ts';
import { describeListing } from './services.ts';

const at = 'amqp://rabbit:5672/';
const rpc = { kind: 'rpc', method: 'add', parameters: '(x, y)' };
const http = { kind: 'http', method: 'page', methods: ['GET'], rule: '/<int:id>' };
const instance = (pid: number, version?: string) => ({ service: 'math', host: 'h', pid, version, entrypoints: [rpc] });

test('services are listed with their instances, versions and places', () => {
  const services = [instance(1, '1.0.0'), instance(2, '1.1.0'), { service: 'web', entrypoints: [http] }];
  expect(describeListing(new ServiceListing({ services, others: ['ledger'], silent: 0 }), at)).toBe(
    [
      'SERVICE  INSTANCES  VERSION       ENTRYPOINTS  WHERE',
      'math     2          1.0.0, 1.1.0  1            h:1, h:2',
      'web      1          -             1            ?',
      'ledger   -          -             -            takes calls, does not describe itself',
      '',
    ].join('\n'),
  );
});

test('with their entrypoints, if that is wanted', () => {
  const services = [instance(1), { service: 'web', entrypoints: [http] }];
  const text = describeListing(new ServiceListing({ services, others: [], silent: 0 }), at, true);
  expect(text).toMatch(/\n\nmath\n {2}rpc {4}add\(x, y\)\n\nweb\n {2}http {3}GET \/<int:id> -> page\n$/);
});

test('an empty bus is told as such, and so are processes that do not answer', () => {
  const nobody = new ServiceListing({ services: [], others: [], silent: 0 });
  expect(describeListing(nobody, at)).toBe(`no service is on the bus at ${at}\n`);
  const busy = new ServiceListing({ services: [], others: [], silent: 2 });
  expect(describeListing(busy, at)).toContain('\n2 processes are there and did not answer');
});

import { expect, test } from 'vitest';
import type { Manifest } from '../core/manifest.ts';
import { describeStart } from './announcement.ts';

const manifest: Manifest = {
  service: 'shop',
  instance: 'i',
  host: 'h',
  pid: 1,
  mycel: '1.0.0',
  dispatches: [],
  maxWorkers: 10,
  dependencies: [],
  entrypoints: [
    { kind: 'rpc', method: 'price', parameters: '(item, {...} = ...)' },
    { kind: 'rpc', method: 'ping', parameters: '(unnamed parameters)' },
    { kind: 'event', method: 'onPaid', source: 'payments', type: 'paid', mode: 'service-pool' },
    { kind: 'http', method: 'get', methods: ['GET'], rule: '/items/<int:id>' },
    { kind: 'http', method: 'find', methods: ['GET', 'POST'], rule: '/find/<any(red, blue):colour>/<path:rest>' },
    { kind: 'http', method: 'remove', methods: ['DELETE'], rule: '/items/<int:id>' },
    { kind: 'timer', method: 'tick', intervalMs: 5000, eager: false },
    { kind: 'consume', method: 'take', queue: 'jobs' },
  ],
};

test('lists services with their entrypoints, where they are, and commands to try', () => {
  const text = describeStart([manifest], {
    transport: 'amqp://guest@rabbit:5672/',
    isEmbedded: false,
    web: 'http://localhost:8000',
  });
  expect(text.split('\n').map((line) => line.trim())).toEqual([
    '',
    'shop',
    'rpc    price(item, {...} = ...)',
    'rpc    ping',
    'event  onPaid on payments.paid',
    'http   GET http://localhost:8000/items/<int:id> -> get',
    'http   GET,POST http://localhost:8000/find/<any(red, blue):colour>/<path:rest> -> find',
    'http   DELETE http://localhost:8000/items/<int:id> -> remove',
    'timer  tick every 5000 ms',
    'consume take  queue jobs',
    '',
    'broker  amqp://guest@rabbit:5672/',
    'web     http://localhost:8000',
    '',
    'try',
    'curl http://localhost:8000/items/1',
    'curl http://localhost:8000/find/red/rest',
    '',
    'ctrl-c to stop',
    '',
    '',
  ]);
});

test('leaves out what is not there', () => {
  const nowhere = { transport: undefined, isEmbedded: false, web: undefined };
  const text = describeStart([{ ...manifest, entrypoints: [] }], nowhere);
  expect(text).not.toMatch(/broker|web|try/);
});

test('suggests the shell where it finds the broker by itself', () => {
  const text = describeStart([manifest], { transport: 'amqp://here/', isEmbedded: true, web: undefined });
  expect(text).toMatch(/\n {2}try\n {4}npx mycel shell\n/);
});

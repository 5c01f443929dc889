import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineContract, isContract } from './contract.ts';
import { defineEvent } from './event-definition.ts';
import { errorClassOf, remoteError } from './remote-error.ts';

class Declined extends remoteError('contract_test.Declined') {}
const payload = z.object({ id: z.string() });

describe('a contract', () => {
  test('names its rpcs as they were given, and its events as of its own service', () => {
    const charge = { params: [z.string()], returns: z.int() } as const;
    const contract = defineContract('payments', { rpcs: { charge }, events: { 'order.paid': payload } });
    expect(contract.rpcs).toEqual({ charge });
    expect(contract.events['order.paid']).toEqual(defineEvent('payments', 'order.paid', payload));
    expect(isContract(contract)).toBe(true);
    expect(isContract(undefined)).toBe(false);
    expect(isContract({ name: 'x' })).toBe(false);
  });

  test('may promise nothing', () => {
    expect(defineContract('empty', {})).toEqual({ kind: 'contract', name: 'empty', rpcs: {}, events: {} });
  });

  test('makes its errors known', () => {
    defineContract('payments', { rpcs: { charge: { throws: [Declined] } } });
    expect(errorClassOf('contract_test.Declined')).toBe(Declined);
  });

  test('is refused with the place of what cannot stand in it', () => {
    const notSchema = { parse: () => 1 } as never;
    expect(() => defineContract('p', { rpcs: { charge: { params: [z.string(), notSchema] } } })).toThrow(
      "contract 'p', charge: params[1] is not a schema; use a schema of zod",
    );
    expect(() => defineContract('p', { rpcs: { charge: { params: notSchema } } })).toThrow('params[0] is not a schema');
    expect(() => defineContract('p', { rpcs: { charge: { returns: null as never } } })).toThrow("'returns' is not");
    expect(() => defineContract('p', { rpcs: { charge: { throws: [Error as never] } } })).toThrow(
      "contract 'p', charge: 'throws' holds Error, which cannot travel; declare it as class X extends remoteError",
    );
    expect(() => defineContract('p', { events: { paid: notSchema } })).toThrow("contract 'p', event 'paid'");
  });
});

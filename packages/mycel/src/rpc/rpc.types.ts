// Compiled, never run: each @ts-expect-error must be needed.
import { type } from 'arktype';
import { remoteError, rpc, type ServiceOf } from 'mycel';
import * as v from 'valibot';
import { z } from 'zod';
import { type Money, payments, type Receipt } from '../../../../tests/support/shop-contract.ts';

// Decorators keep to public instance methods.
export class Places {
  // @ts-expect-error not on a static method
  @rpc static shared(): void {}
  // @ts-expect-error not on a #private method
  @rpc() #hidden(): void {}
  // @ts-expect-error not a field
  @rpc field = 1;
  // @ts-expect-error not a getter
  @rpc get value(): number {
    return 1;
  }
  @rpc bare(): void {}
  @rpc() called(x: number): number {
    return x;
  }
  @rpc protected guarded(): void {}
  use(): void {
    this.#hidden();
  }
}

// Schemas and methods must fit, with every vendor.
export class Vendors {
  @rpc({ params: [z.number(), z.string().default('x')], returns: z.number() }) zod(x: number, s: string): number {
    return x + s.length;
  }
  @rpc({ params: [v.number(), v.optional(v.string(), 'x')], returns: v.number() }) valibot(x: number, s: string) {
    return x + s.length;
  }
  @rpc({ params: [type({ id: 'string', 'n?': 'number' })], returns: type('string') })
  arktype(x: { id: string; n?: number }): string {
    return x.id;
  }
  @rpc({ params: [z.string(), v.number(), type('boolean')] }) mixed(a: string, b: number, c: boolean): unknown {
    return [a, b, c];
  }
  @rpc({ params: z.object({ a: z.number() }), returns: z.void() }) one({ a }: { a: number }): void {
    void a;
  }
  @rpc({ params: v.object({ a: v.number() }) }) oneOfValibot({ a }: { a: number }): number {
    return a;
  }
  @rpc({ params: type({ a: 'number' }) }) oneOfArktype({ a }: { a: number }): number {
    return a;
  }
  @rpc({ params: [] }) nothing(): void {}
  @rpc({ returns: z.string() }) onlyResult(x: number, y: string): string {
    return `${x}${y}`;
  }
  @rpc({ returns: z.string() }) async later(): Promise<string> {
    return 'x';
  }
  @rpc({ params: [z.number()] }) fewer(): void {}
  @rpc({ params: [z.number()] }) wider(x: number | string): unknown {
    return x;
  }
  @rpc({ returns: z.coerce.date() }) inputOfResult(): string {
    return '2020-01-01';
  }
  @rpc({ params: [z.string().transform(Number)] }) outputOfParameter(x: number): number {
    return x;
  }
  // @ts-expect-error the schema gives a number
  @rpc({ params: [z.number()] }) wrongZod(x: string): string {
    return x;
  }
  // @ts-expect-error as above
  @rpc({ params: [v.number()] }) wrongValibot(x: string): string {
    return x;
  }
  // @ts-expect-error as above
  @rpc({ params: [type('number')] }) wrongArktype(x: string): string {
    return x;
  }
  // @ts-expect-error the method wants more than the schemas give
  @rpc({ params: [z.number()] }) more(x: number, y: number): number {
    return x + y;
  }
  // @ts-expect-error the result is no number
  @rpc({ returns: z.number() }) wrongResult(): string {
    return 'x';
  }
  // @ts-expect-error neither is a promise of it
  @rpc({ returns: z.number() }) async wrongLater(): Promise<string> {
    return 'x';
  }
  // @ts-expect-error one schema is one object
  @rpc({ params: z.object({ a: z.number() }) }) notOne(a: number): number {
    return a;
  }
}

// Options.
class Declared extends remoteError('types.Declared') {}
class OutOfStock extends Error {}
export class Options {
  @rpc({ throws: [Declared], expected: [OutOfStock, TypeError], paramNames: ['x'], sensitive: ['x'] })
  all(x: number): number {
    return x;
  }
  // @ts-expect-error such an error cannot travel
  @rpc({ throws: [OutOfStock] }) foreign(): void {}
  // @ts-expect-error an instance is no class
  @rpc({ expected: [new OutOfStock()] }) instance(): void {}
  // @ts-expect-error no schema
  @rpc({ params: [Number] }) constructors(x: number): number {
    return x;
  }
  // @ts-expect-error no such option
  @rpc({ parms: [z.number()] }) misspelt(x: number): number {
    return x;
  }
}

// A single method against a contract: the decorator reads the method's name.
export class Named {
  @rpc(payments) async charge(orderId: string, amount: Money): Promise<Receipt> {
    throw new Error(`${orderId} ${amount.amount}`);
  }
  @rpc(payments) ping(): string {
    return 'any, since nothing is promised';
  }
  // @ts-expect-error the contract has no such rpc
  @rpc(payments) async chrage(orderId: string, amount: Money): Promise<Receipt> {
    throw new Error(`${orderId} ${amount.amount}`);
  }
  // @ts-expect-error the contract promises another parameter
  @rpc(payments) async refund(orderId: string): Promise<Receipt> {
    throw new Error(orderId);
  }
}

// The interface of a contract, for errors at the method itself.
export class Implemented implements ServiceOf<typeof payments> {
  async charge(orderId: string, amount: Money): Promise<Receipt> {
    return { id: '1', orderId, paid: amount };
  }
  // @ts-expect-error refund takes one object
  async refund(orderId: string): Promise<Receipt> {
    return { id: '1', orderId, paid: { amount: 1, currency: 'EUR' } };
  }
  ping(): void {}
}

// What is said of a method besides its schemas.
export class Said {
  @rpc({ idempotent: true, atMostOnce: false }) count(): number {
    return 1;
  }
  @rpc({ params: [], idempotent: true }) list(): number[] {
    return [];
  }
  @rpc(payments, { atMostOnce: true }) ping(): void {}
  // @ts-expect-error true or false
  @rpc({ idempotent: 'yes' }) odd(): void {}
  // @ts-expect-error of a contract's method the contract says it
  @rpc(payments, { idempotent: true }) async charge(orderId: string, amount: Money): Promise<Receipt> {
    return { id: '1', orderId, paid: amount };
  }
}

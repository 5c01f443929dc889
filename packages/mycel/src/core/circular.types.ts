// Compiled, never run. Services that call each other, and annotate nothing, must not become implicit any.
import { eventDispatcher, rpc, rpcProxy, type RpcClient, service } from 'mycel';
import { workerFactory } from 'mycel/testing';
import { type Equal, same } from '../../../../tests/support/type-equality.ts';

@service('a')
export class A {
  b = rpcProxy<B>('b');
  self = rpcProxy<A>('a');
  @rpc async first(n: number) {
    return (await this.b.second(n)) + 1;
  }
  @rpc async third(n: number) {
    return n * 2;
  }
  @rpc async again(n: number): Promise<number> {
    return n ? this.self.again(n - 1) : 0;
  }
}

@service('b')
export class B {
  a = rpcProxy<A>('a');
  c = rpcProxy<C>('c');
  emit = eventDispatcher();
  @rpc async second(n: number) {
    return (await this.a.third(n)) + 1;
  }
  @rpc async fourth(n: number) {
    return (await this.a.first(n)) + 1;
  }
}

@service('c')
export class C {
  a = rpcProxy<A>('a');
  b = rpcProxy<B>('b');
  @rpc async fifth(n: number) {
    const answer = await this.b.fourth.safe(n);
    return answer.ok ? { n: answer.value } : { message: answer.error.message };
  }
}

same<Equal<Awaited<ReturnType<A['first']>>, number>>();
same<Equal<Awaited<ReturnType<B['fourth']>>, number>>();
same<Equal<Awaited<ReturnType<RpcClient<A>['first']>>, number>>();
same<Equal<keyof RpcClient<B>, 'a' | 'c' | 'emit' | 'second' | 'fourth'>>();
export const fifth: Promise<{ n?: number; message?: string }> = workerFactory(C, { b: { fourth: (n) => n + 1 } }).fifth(
  1,
);
workerFactory(A, { b: { second: async (n) => n }, self: { again: () => 0 } });
// @ts-expect-error the double returns the wrong type
workerFactory(A, { b: { second: () => 'x' } });

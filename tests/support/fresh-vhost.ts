import { beforeEach, onTestFinished } from 'vitest';
import { type BrokerAddress, type FreshVhost, freshVhost } from './rabbit.ts';

/**
 * Makes a vhost for each test of the file, and deletes it after all else that ends with the test. What it returns stands for that of the
 * test that runs. `broker` is asked before each test.
 */
export function useFreshVhost(broker?: () => BrokerAddress): FreshVhost {
  let current: FreshVhost;
  beforeEach(async () => {
    current = await freshVhost(broker?.());
    onTestFinished(() => current[Symbol.asyncDispose]());
  });
  return {
    get uri() {
      return current.uri;
    },
    get vhost() {
      return current.vhost;
    },
    queues: () => current.queues(),
    consumers: (queue) => current.consumers(queue),
    permit: (pattern, configure) => current.permit(pattern, configure),
    closeConnections: (reason) => current.closeConnections(reason),
    [Symbol.asyncDispose]: () => current[Symbol.asyncDispose](),
  };
}

import { RpcCaller, standaloneOrigin } from '../../../packages/mycel/src/rpc/rpc-caller.ts';
import { codeOf } from './code-of.ts';
import type { CallTimeouts, LoadOptions, Station } from './load-options.ts';
import { fatalRuns } from './names.ts';
import { Refused } from './services.ts';

const usualTimeouts: CallTimeouts = { leastMs: 20, mostMs: 3000 };

const methods = ['double', 'double', 'double', 'hold', 'refuse', 'charge', 'idempotent double'] as const;

type CallLoadOptions = Pick<LoadOptions, 'ledger' | 'random' | 'callTimeouts'>;

/** Makes calls of all kinds from one station, and enters them into the books. */
export class CallLoad {
  readonly #station: Station;
  readonly #options: CallLoadOptions;
  readonly #caller: RpcCaller;
  #count = 0;

  constructor(station: Station, options: CallLoadOptions) {
    this.#station = station;
    this.#options = options;
    this.#caller = new RpcCaller({ transport: station.transport.rpc, timeoutMs: 1000, origin: standaloneOrigin() });
  }

  /** Makes one call, which may be fatal as often as given; resolves when it is settled. */
  async call(fatalShare = 0): Promise<void> {
    const { ledger, random, callTimeouts: { leastMs, mostMs } = usualTimeouts } = this.#options;
    const id = `${this.#station.name}-call-${++this.#count}`;
    const kind = random.next() < fatalShare ? 'fatal' : random.pick(methods);
    const timeout = kind === 'fatal' ? mostMs : leastMs + random.below(mostMs - leastMs);
    const value = random.below(1000);
    const cancelMs = random.next() < 0.1 ? random.below(Math.min(timeout, 100)) : undefined;
    const isIdempotent = kind === 'idempotent double';
    const method = isIdempotent ? 'double' : kind;
    ledger.called({
      id,
      method: kind,
      timeoutMs: timeout,
      isIdempotent,
      mayBeCancelled: cancelMs !== undefined,
      ...(kind === 'charge' ? { mostRuns: 1 } : kind === 'fatal' ? { mostRuns: fatalRuns } : {}),
    });
    const cancelling = new AbortController();
    const timer = cancelMs === undefined ? undefined : setTimeout(() => cancelling.abort('enough'), cancelMs);
    const args: Record<string, readonly unknown[]> = {
      hold: [id, value, random.below(500)],
      refuse: [id],
      fatal: [id],
    };
    try {
      const options = { timeout, signal: cancelling.signal, idempotent: isIdempotent };
      const result = await this.#caller.call('math', method, { args: args[method] ?? [id, value] }, options);
      ledger.answered(id, result === 2 * value ? 'ok' : 'wrong result');
    } catch (error) {
      ledger.answered(id, error instanceof Refused ? 'declared' : codeOf(error));
    } finally {
      clearTimeout(timer);
    }
  }
}

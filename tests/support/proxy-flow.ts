import type { Socket } from 'node:net';
import { StepWatch, type StreamStep } from './step-watch.ts';

export type FlowDirection = 'to broker' | 'to client';

/** What a flow asks about what goes through it. */
export interface FlowRules {
  /** Whether steps are looked for at all. */
  readonly watchesSteps: boolean;
  /** Bytes in a second that go through; `undefined` is no limit. */
  readonly bytesPerSecond: () => number | undefined;
  /** Tells whether the connection is to be lost at this step: before it, or once it went through. */
  readonly cutAt: (direction: FlowDirection, step: StreamStep) => 'before' | 'after' | undefined;
  /** Counts bytes; tells after how many of them the connection is to be lost, if it is. */
  readonly cutWithin: (direction: FlowDirection, bytes: number) => number | undefined;
}

/** The bytes that one side of a connection sends to the other, on their way through a proxy. */
export class ProxyFlow {
  readonly #direction: FlowDirection;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #rules: FlowRules;
  readonly #onCut: () => void;
  readonly #watch: StepWatch;
  #passed = 0;
  #isStopped = true;
  #isAbandoned = false;
  #cutsAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(direction: FlowDirection, from: Socket, to: Socket, rules: FlowRules, onCut: () => void) {
    this.#direction = direction;
    this.#from = from;
    this.#to = to;
    this.#rules = rules;
    this.#onCut = onCut;
    this.#watch = new StepWatch(direction, (step) => this.#stepped(step));
    from.pause();
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('end', () => {
      if (!this.#isAbandoned) to.end();
    });
    to.on('drain', () => this.#goOn());
  }

  start(): void {
    this.#isStopped = false;
    this.#goOn();
  }

  stop(): void {
    this.#isStopped = true;
    this.#from.pause();
  }

  /** Stops for good: what still comes is lost. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  #goOn(): void {
    if (this.#isAbandoned) return;
    if (!this.#isStopped && this.#timer === undefined) this.#from.resume();
  }

  #take(chunk: Buffer): void {
    if (this.#isAbandoned) return;
    if (this.#rules.watchesSteps) this.#watch.push(chunk);
    const within = this.#rules.cutWithin(this.#direction, chunk.length);
    const cutsAt = this.#cutsAt ?? (within === undefined ? undefined : this.#passed + within);
    if (cutsAt !== undefined) return this.#cutAfter(chunk.subarray(0, Math.max(0, cutsAt - this.#passed)));
    this.#passed += chunk.length;
    if (!this.#to.write(chunk)) this.#from.pause();
    this.#waitFor(chunk.length);
  }

  #stepped(step: StreamStep): void {
    if (this.#cutsAt !== undefined) return;
    const where = this.#rules.cutAt(this.#direction, step);
    if (where !== undefined) this.#cutsAt = where === 'before' ? step.startsAt : step.endsAt;
  }

  /** The last bytes go out, then nothing more does in either direction. */
  #cutAfter(last: Buffer): void {
    this.stop();
    this.#to.end(last, () => this.#onCut());
  }

  #waitFor(bytes: number): void {
    const rate = this.#rules.bytesPerSecond();
    if (rate === undefined) return;
    this.#from.pause();
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#goOn();
      },
      (bytes * 1000) / rate,
    );
  }
}

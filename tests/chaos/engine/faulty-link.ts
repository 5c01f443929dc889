import type { Link, LinkOwner, MessageProperties } from '../../../packages/mycel/src/protocol/client/index.ts';
import type { Content } from '../../../packages/mycel/src/protocol/codec/index.ts';
import type { BasicPublish } from '../../../packages/mycel/src/protocol/codec/methods/basic.ts';
import type { Method } from '../../../packages/mycel/src/protocol/codec/methods/method.ts';

export type Direction = 'to broker' | 'to client';

/** One protocol step on its way: a method, and what it carries. */
export interface Step {
  readonly direction: Direction;
  readonly channel: number;
  readonly method: Method;
  /** Lets it go on. */
  readonly pass: () => void;
}

/** What becomes of a step: it goes on, it has been taken, or the connection is lost before or after it. */
export type Verdict = 'pass' | 'taken' | 'cut before' | 'cut after';

/** Who decides about steps. */
export interface StepJudge {
  judge(step: Step, link: FaultyLink): Verdict;
  /** The connection is lost, for this reason. */
  lose(link: FaultyLink, why: string): void;
  /** A message goes out. */
  onPublish?(message: Published): void;
}

/** A message on its way to the broker. */
export interface Published {
  readonly properties: MessageProperties;
  readonly body: Uint8Array;
}

/**
 * A link between a client and a broker on which somebody decides about each step, in either direction. Steps stay in their
 * order, unless a judge takes some out and lets them go later.
 */
export class FaultyLink implements Link {
  readonly #inner: Link;
  readonly #judge: StepJudge;
  readonly #held: Record<Direction, Step[] | undefined> = { 'to broker': undefined, 'to client': undefined };
  #owner: LinkOwner | undefined;
  #isOver = false;
  /** The broker does not hear that the client is gone. */
  isHalfOpen = false;

  constructor(inner: Link, judge: StepJudge) {
    this.#inner = inner;
    this.#judge = judge;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get writableLength(): number {
    return this.#inner.writableLength;
  }

  attach(owner: LinkOwner): void {
    this.#owner = owner;
    this.#inner.attach({
      hasChannel: owner.hasChannel,
      onMethod: (channel, method) => this.#step('to client', channel, method, () => owner.onMethod(channel, method)),
      onContent: (channel, content: Content) =>
        this.#step('to client', channel, content.method, () => owner.onContent(channel, content)),
      onBroken: owner.onBroken,
      onGone: owner.onGone,
    });
  }

  send(channel: number, method: Method): void {
    this.#step('to broker', channel, method, () => this.#inner.send(channel, method));
  }

  publish(channel: number, method: BasicPublish, properties: MessageProperties, body: Uint8Array): void {
    this.#judge.onPublish?.({ properties, body });
    const isHeld = this.#held['to broker'] !== undefined;
    const kept = isHeld ? Buffer.from(body) : body;
    this.#step('to broker', channel, method, () => this.#inner.publish(channel, method, properties, kept));
  }

  drained(): Promise<void> {
    return this.#inner.drained();
  }

  end(): void {
    this.#isOver = true;
    this.#inner.end();
  }

  destroy(): void {
    this.#isOver = true;
    if (!this.isHalfOpen) this.#inner.destroy();
  }

  /** The broker notices at last that the client of a half-open connection is gone. */
  bury(): void {
    this.#inner.destroy();
  }

  /** Says something to the client that the broker has not said. */
  tell(channel: number, method: Method): void {
    if (!this.#isOver) this.#owner?.onMethod(channel, method);
  }

  /** Says something to the broker that the client has not said. */
  ask(channel: number, method: Method): void {
    if (!this.#isOver) this.#inner.send(channel, method);
  }

  /** Tells whether the client still knows the channel. */
  knows(channel: number): boolean {
    return !this.#isOver && (this.#owner?.hasChannel(channel) ?? false);
  }

  isHeld(direction: Direction): boolean {
    return this.#held[direction] !== undefined;
  }

  /** Keeps all steps of one direction back from now on. */
  hold(direction: Direction): void {
    if (!this.#isOver) this.#held[direction] ??= [];
  }

  /** Lets go what was kept back, in its order. */
  release(direction: Direction): void {
    const held = this.#held[direction] ?? [];
    this.#held[direction] = undefined;
    for (const [index, step] of held.entries()) {
      if (this.#isOver) return;
      this.#decide(step);
      // A judge may have stopped them again.
      const again = this.#heldNow(direction);
      if (again) return void again.push(...held.slice(index + 1));
    }
  }

  #heldNow(direction: Direction): Step[] | undefined {
    return this.#held[direction];
  }

  #step(direction: Direction, channel: number, method: Method, pass: () => void): void {
    if (this.#isOver) return;
    const step = { direction, channel, method, pass };
    const held = this.#held[direction];
    if (held) held.push(step);
    else this.#decide(step);
  }

  #decide(step: Step): void {
    const verdict = this.#judge.judge(step, this);
    if (verdict === 'pass' || verdict === 'cut after') step.pass();
    if (verdict === 'cut before') this.#cut(`before ${step.method.name} ${step.direction}`);
    // What was sent arrives in a microtask.
    if (verdict === 'cut after')
      queueMicrotask(() => queueMicrotask(() => this.#cut(`after ${step.method.name} ${step.direction}`)));
  }

  /** Nothing goes through any more; the client hears of it when it is out of what it is doing. */
  #cut(why: string): void {
    if (this.#isOver) return;
    this.#held['to broker'] = [];
    this.#held['to client'] = [];
    queueMicrotask(() => this.#judge.lose(this, why));
  }
}

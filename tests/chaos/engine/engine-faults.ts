import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Fault, FaultMenu } from '../plan/fault-plan.ts';
import { ChannelFaults } from './channel-faults.ts';
import type { Direction, FaultyLink, Step, StepJudge, Verdict } from './faulty-link.ts';
import type { FaultySource } from './faulty-source.ts';
import { LateConfirms } from './late-confirms.ts';

/** What may break on a connection to the engine. */
export type LinkFaultKind =
  | 'cut before'
  | 'cut after'
  | 'hold to broker'
  | 'hold to client'
  | 'half-open'
  | 'late confirms'
  | 'blocked'
  | 'closed by broker'
  | 'channel error'
  | 'consumer cancelled'
  | 'refused';

/** What may break at an instance, or at the broker. */
export type EngineFaultKind =
  | LinkFaultKind
  | 'instance stops'
  | 'instance crashes'
  | 'queue deleted'
  | 'exchange deleted'
  | 'replay'
  | 'replay killed';

const steps = [
  'basic.publish to broker',
  'basic.publish to broker',
  'basic.ack to broker',
  'basic.ack to broker',
  'basic.nack to broker',
  'basic.consume to broker',
  'queue.declare to broker',
  'queue.bind to broker',
  'exchange.declare to broker',
  'confirm.select to broker',
  'channel.open to broker',
  'basic.deliver to client',
  'basic.deliver to client',
  'basic.ack to client',
  'basic.ack to client',
  'basic.return to client',
  'basic.consume-ok to client',
  'queue.declare-ok to client',
  'channel.open-ok to client',
];

/** So many instances of each service run. */
export const instanceCount = 3;

/** The faults of the engine's ring, for so many connections. */
export function engineMenu(targets: number): FaultMenu<EngineFaultKind> {
  return {
    weights: {
      'cut before': 6,
      'cut after': 6,
      'hold to broker': 2,
      'hold to client': 2,
      'half-open': 2,
      'late confirms': 3,
      blocked: 2,
      'closed by broker': 2,
      'channel error': 3,
      'consumer cancelled': 3,
      refused: 1,
      'instance stops': 2,
      'instance crashes': 1,
      'queue deleted': 1,
      'exchange deleted': 2,
      replay: 1,
      'replay killed': 4,
    },
    targets,
    everyMs: 250,
    longestMs: 1500,
    steps,
  };
}

/** How long a client takes to notice a dead broker, and as much again the broker for a dead client. */
const deadMs = 3000;

/** Breaks the connections of one transport, as its plan says. */
export class EngineFaults implements Omit<StepJudge, 'lose'> {
  readonly #random: SeededRandom;
  readonly #note: (line: string) => void;
  readonly #channels = new ChannelFaults();
  readonly #confirms: LateConfirms;
  #source: FaultySource | undefined;
  /** Faults that wait for their step. */
  #armed: { readonly fault: Fault<LinkFaultKind>; skip: number }[] = [];

  constructor(random: SeededRandom, note: (line: string) => void) {
    this.#random = random;
    this.#note = note;
    this.#confirms = new LateConfirms(random);
  }

  /** Whose connections they are. */
  attach(source: FaultySource): void {
    this.#source = source;
  }

  judge(step: Step, link: FaultyLink): Verdict {
    const verdict = this.#stepVerdict(step);
    if (verdict) return verdict;
    return this.#channels.takes(step, link) || this.#confirms.takes(step, link) ? 'taken' : 'pass';
  }

  /** Lets a fault happen now, and end when it is over. */
  break(fault: Fault<LinkFaultKind>): void {
    const links = this.#source?.links ?? [];
    const link = links.length > 0 ? this.#random.pick(links) : undefined;
    if (fault.kind === 'cut before' || fault.kind === 'cut after') this.#armed.push({ fault, skip: fault.skip ?? 0 });
    else if (fault.kind === 'refused') this.#refuse(fault.forMs);
    else if (link) this.#breakLink(fault, link);
  }

  /** Ends all that lasts, and breaks nothing more. */
  calm(): void {
    this.#armed = [];
    this.#confirms.mostMs = 0;
    if (this.#source) this.#source.isRefusing = false;
    for (const link of this.#source?.links ?? []) {
      if (link.isHalfOpen) this.#source?.lose(link, 'nobody answers');
      link.release('to broker');
      link.release('to client');
    }
    this.#source?.bury();
  }

  #stepVerdict({ direction, method }: Step): Verdict | undefined {
    const name = `${method.name} ${direction}`;
    const armed = this.#armed.find(({ fault }) => fault.step === name);
    if (!armed) return undefined;
    if (armed.skip-- > 0) return undefined;
    this.#armed = this.#armed.filter((other) => other !== armed);
    this.#note(`fault: ${armed.fault.kind} ${name}`);
    return armed.fault.kind === 'cut before' ? 'cut before' : 'cut after';
  }

  /** What is sent on any connection comes so much later. */
  holdAll(forMs: number): void {
    for (const link of this.#source?.links ?? []) this.#hold(link, 'to broker', forMs);
  }

  #refuse(forMs: number): void {
    const source = this.#source;
    if (!source) return;
    this.#note('fault: refused');
    source.isRefusing = true;
    source.loseAll('the broker is gone, as planned');
    setTimeout(() => {
      source.isRefusing = false;
    }, forMs);
  }

  #breakLink({ kind, forMs }: Fault<LinkFaultKind>, link: FaultyLink): void {
    this.#note(`fault: ${kind}`);
    if (kind === 'hold to broker') this.#hold(link, 'to broker', forMs);
    if (kind === 'hold to client') this.#hold(link, 'to client', forMs);
    if (kind === 'half-open') this.#halfOpen(link);
    if (kind === 'channel error') this.#channels.closeOne(link, this.#random);
    if (kind === 'consumer cancelled') this.#channels.cancelOne(link, this.#random);
    if (kind === 'closed by broker') this.#closeByBroker(link);
    if (kind === 'late confirms') this.#lateConfirms(forMs);
    if (kind === 'blocked') this.#block(link, forMs);
  }

  #hold(link: FaultyLink, direction: Direction, forMs: number): void {
    link.hold(direction);
    setTimeout(() => {
      if (!link.isHalfOpen) link.release(direction);
    }, forMs);
  }

  #halfOpen(link: FaultyLink): void {
    link.isHalfOpen = true;
    link.hold('to broker');
    link.hold('to client');
    setTimeout(() => {
      this.#source?.lose(link, 'it was silent');
      setTimeout(() => link.bury(), deadMs);
    }, deadMs);
  }

  #closeByBroker(link: FaultyLink): void {
    const replyText = 'CONNECTION_FORCED - as planned';
    link.tell(0, { name: 'connection.close', replyCode: 320, replyText, failedClassId: 0, failedMethodId: 0 });
    link.bury();
  }

  #lateConfirms(forMs: number): void {
    this.#confirms.mostMs = forMs;
    setTimeout(() => {
      this.#confirms.mostMs = 0;
    }, 2 * forMs);
  }

  /** A broker that lacks memory says so, and reads no more from a connection that publishes. */
  #block(link: FaultyLink, forMs: number): void {
    if (link.isHeld('to client')) return;
    link.tell(0, { name: 'connection.blocked', reason: 'low on memory, as planned' });
    link.hold('to broker');
    setTimeout(() => {
      if (link.isHalfOpen) return;
      link.release('to broker');
      link.tell(0, { name: 'connection.unblocked' });
    }, forMs);
  }
}

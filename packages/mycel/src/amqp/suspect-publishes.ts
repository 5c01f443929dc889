import type { AmqpChannel, AmqpServerError } from '../protocol/client/index.ts';
import type { Publication } from './publication.ts';

/** What a refusal means for an event that it ended. */
export type Verdict = 'guilty' | 'suspect' | 'innocent';

/**
 * The events that were under way on a channel when the broker closed it for one of them. It does not always say for which, nor what became of the others:
 * while there are any, one event at a time is *on trial*. It is innocent as soon as the broker, which handles a channel's methods in order, answers a
 * question that was asked behind it; whether it is confirmed by then does not matter. If the channel is closed instead, that was for it.
 */
export class SuspectPublishes {
  readonly #onCleared: () => void;
  readonly #members = new Set<Publication>();
  #onTrial: Publication | undefined;
  /** What the last group of them met with. */
  #shared: AmqpServerError | undefined;
  /** Sent, and neither confirmed nor refused nor lost, whether or not somebody still waits for it. */
  #unsettled = 0;

  /** `onCleared` hears that the next event may go. */
  constructor(onCleared: () => void) {
    this.#onCleared = onCleared;
  }

  /** Nothing may go before the trial is over. */
  get areHeld(): boolean {
    return this.#onTrial !== undefined;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** It was sent on that channel. */
  sent(publication: Publication, channel: AmqpChannel): void {
    this.#unsettled++;
    if (this.isEmpty) return;
    this.#onTrial = publication;
    channel.qos(0).then(
      () => {
        this.#members.delete(publication);
        this.#endTrial(publication);
        this.#onCleared();
      },
      () => {}, // its own end tells
    );
  }

  /** It was confirmed, refused or lost: to be called once for each that was sent, after the verdict if there is one. */
  settled(publication: Publication): void {
    this.#unsettled--;
    this.#endTrial(publication);
  }

  /** Says who it was that the broker has closed the channel for. Those that are suspects now are to be sent again. */
  judge(publication: Publication, refusal: AmqpServerError): Verdict {
    if (this.#onTrial) return this.#onTrial === publication ? 'guilty' : 'innocent';
    if (this.#unsettled > 1) this.#shared = refusal;
    if (refusal !== this.#shared || isNamed(publication, refusal)) return 'guilty';
    if (!publication.isOver) this.#members.add(publication);
    return 'suspect';
  }

  /** It is taken, or nobody waits for it any more. */
  release(publication: Publication): void {
    this.#members.delete(publication);
  }

  #endTrial(publication: Publication): void {
    if (this.#onTrial === publication) this.#onTrial = undefined;
  }
}

/** Tells whether the broker's words name that event: the exchange that may not be written to, or a size that is too large. */
function isNamed({ exchange, type, bodyBytes }: Publication, { replyText }: AmqpServerError): boolean {
  const access = /access to (?:topic '(.*)' in )?exchange '(.*?)' in vhost /s.exec(replyText);
  if (access) return access[2] === exchange && (access[1] === undefined || access[1] === type);
  const size = /message size \d+ is larger than .*?max size (\d+)/s.exec(replyText);
  return size !== null && bodyBytes > Number(size[1]);
}

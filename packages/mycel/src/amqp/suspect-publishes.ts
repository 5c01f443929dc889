import type { AmqpChannel, AmqpServerError } from '../protocol/client/index.ts';
import type { Publication } from './publication.ts';

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

  /** It was sent on that channel. */
  sent(publication: Publication, channel: AmqpChannel): void {
    this.#unsettled++;
    if (this.#members.size === 0) return;
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

  /** It was confirmed, refused or lost: to be called once for each that was sent, after it was asked whether it is guilty, if that is asked. */
  settled(publication: Publication): void {
    this.#unsettled--;
    this.#endTrial(publication);
  }

  /** Tells whether it was this one that the broker has closed the channel for. The others, suspects now or innocent, are to be sent again. */
  isGuilty(publication: Publication, refusal: AmqpServerError): boolean {
    if (this.#onTrial) return this.#onTrial === publication;
    if (this.#unsettled > 1) this.#shared = refusal;
    if (refusal !== this.#shared || isNamed(publication, refusal)) return true;
    if (!publication.isOver) this.#members.add(publication);
    return false;
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

import { MalformedFrameError } from '../codec/amqp-error.ts';
import { carriesContent, ContentAssembler } from '../codec/content-assembler.ts';
import { decodeContentHeader, decodeMethod } from '../codec/frame-decoder.ts';
import type { Method } from '../codec/methods/method.ts';
import { FRAME_BODY, FRAME_HEADER, FRAME_HEARTBEAT, FRAME_METHOD, REPLY_CODE } from '../codec/protocol.ts';
import type { LinkOwner } from './link.ts';

/** Bodies are gathered as they come, so the limit is what one `Buffer` can hold. */
const MAX_BODY_BYTES = 2 ** 31 - 1;

/** Puts the frames of all channels together to methods and messages. */
export class IncomingFrames {
  /** By channel, from its first message until it is closed on either side. */
  readonly #assemblers: (ContentAssembler | undefined)[] = [];

  /** Takes a frame. Throws `MalformedFrameError` for one that has no place here, and what the owner throws. */
  take(owner: LinkOwner, type: number, channel: number, buffer: Buffer, start: number, end: number): void {
    if (channel !== 0 && !owner.hasChannel(channel)) {
      throw new MalformedFrameError(REPLY_CODE.channelError, `a frame on channel ${channel}, which is not open`);
    }
    if (type === FRAME_METHOD) this.#takeMethod(owner, channel, decodeMethod(buffer, start, end));
    else if (channel !== 0) this.#takeContent(owner, type, channel, buffer, start, end);
    else if (type !== FRAME_HEARTBEAT)
      throw new MalformedFrameError(REPLY_CODE.unexpectedFrame, 'content on channel 0');
  }

  #takeMethod(owner: LinkOwner, channel: number, method: Method): void {
    const { name } = method;
    if (this.#assemblers[channel]?.isBusy && name !== 'channel.close') {
      throw new MalformedFrameError(REPLY_CODE.unexpectedFrame, `${name} in the middle of a message`);
    }
    if (name === 'channel.close' || name === 'channel.close-ok') this.#assemblers[channel] = undefined;
    if (channel !== 0 && carriesContent(method)) this.#assembler(channel).begin(method);
    else owner.onMethod(channel, method);
  }

  #takeContent(owner: LinkOwner, type: number, channel: number, buffer: Buffer, start: number, end: number): void {
    const assembler = this.#assembler(channel);
    let content;
    if (type === FRAME_BODY) content = assembler.body(buffer.subarray(start, end));
    else if (type === FRAME_HEADER) content = assembler.header(decodeContentHeader(buffer, start, end));
    else throw new MalformedFrameError(REPLY_CODE.frameError, `a heartbeat on channel ${channel}`);
    if (content) owner.onContent(channel, content);
  }

  #assembler(channel: number): ContentAssembler {
    return (this.#assemblers[channel] ??= new ContentAssembler(MAX_BODY_BYTES));
  }
}

import { describe, expect, it } from 'vitest';
import type { BasicAck, BasicNack } from '../../protocol/codec/methods/basic.ts';
import { ConfirmGatherer } from './confirm-gatherer.ts';

const ack = (deliveryTag: number, multiple = false): BasicAck => ({ name: 'basic.ack', deliveryTag, multiple });
const nack = (deliveryTag: number): BasicNack => ({ name: 'basic.nack', deliveryTag, multiple: false, requeue: false });

function written(confirms: readonly (BasicAck | BasicNack | 'end of turn')[]): (BasicAck | BasicNack)[] {
  const out: (BasicAck | BasicNack)[] = [];
  const gatherer = new ConfirmGatherer((method) => void out.push(method));
  for (const confirm of [...confirms, 'end of turn' as const]) {
    if (confirm === 'end of turn') gatherer.flush();
    else gatherer.take(confirm);
  }
  return out;
}

describe('ConfirmGatherer', () => {
  it('makes one confirm of those of a turn', () => {
    expect(written([ack(1), ack(2), ack(3)])).toEqual([ack(3, true)]);
  });

  it('leaves one that is alone as it is', () => {
    expect(written([ack(1), 'end of turn', ack(2), 'end of turn', ack(3), ack(4)])).toEqual([
      ack(1),
      ack(2),
      ack(4, true),
    ]);
  });

  it('never confirms a message that was refused', () => {
    expect(written([ack(1), ack(2), nack(3), ack(4), ack(5)])).toEqual([ack(2, true), nack(3), ack(5, true)]);
  });

  it('never confirms a message that is still to come', () => {
    expect(written([ack(1), ack(3), ack(4)])).toEqual([ack(1), ack(3), ack(4)]);
  });

  it('gathers again once those that were overtaken have come', () => {
    expect(written([ack(3), nack(2), ack(1), ack(4), ack(5)])).toEqual([ack(3), nack(2), ack(5, true)]);
  });

  it('passes on a confirm for many, and goes on after it', () => {
    expect(written([ack(2), ack(4, true), ack(5), ack(6)])).toEqual([ack(2), ack(4, true), ack(6, true)]);
  });

  it('says whether it is to be flushed', () => {
    const gatherer = new ConfirmGatherer(() => undefined);
    expect([gatherer.take(ack(1)), gatherer.take(nack(2)), gatherer.take(ack(4))]).toEqual([true, false, false]);
  });
});

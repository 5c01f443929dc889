import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { encodeMethod, type Method, WireWriter } from '../../protocol/codec/index.ts';
import { UnsentBudget } from './unsent-budget.ts';
import { FrameSocket, type FrameSocketOwner } from './frame-socket.ts';

const limits = { unreadTimeoutMs: 60_000, goodbyeTimeoutMs: 2000 };
const qos: Method = { name: 'basic.qos', prefetchSize: 0, prefetchCount: 1, global: false };

function frames(count: number): Buffer {
  const writer = new WireWriter();
  for (let left = count; left > 0; left--) encodeMethod(writer, 1, 4096, qos);
  return writer.take();
}

/** A socket whose client never reads, and what its owner heard. */
function open(owner: Partial<FrameSocketOwner> = {}): { stream: Duplex; socket: FrameSocket; heard: string[] } {
  const heard: string[] = [];
  const note = (what: string) => (): void => void heard.push(what);
  const stream = new Duplex({ read: () => undefined, write: () => undefined });
  // Of a socket no more is used than any stream has.
  const socket = new FrameSocket(stream as Socket, 131_072, limits, new UnsentBudget(1_000_000_000), {
    frame: note('frame'),
    endOfTurn: () => undefined,
    broken: note('broken'),
    unsendable: note('unsendable'),
    congested: note('congested'),
    relieved: note('relieved'),
    gone: (error) => heard.push(`gone: ${error?.message}`),
    ...owner,
  });
  onTestFinished(() => void stream.destroy());
  return { stream, socket, heard };
}

/** Makes each look at the time find it so much later. */
function passTime(stepMs: number): void {
  let now = 0;
  const time = vi.spyOn(performance, 'now').mockImplementation(() => (now += stepMs));
  onTestFinished(() => time.mockRestore());
}

describe('FrameSocket', () => {
  it('takes all frames of a chunk in one turn when they cost little', async () => {
    passTime(0);
    const { stream, heard } = open();
    stream.push(frames(3));
    await nextTurn();
    expect(heard).toEqual(['frame', 'frame', 'frame']);
  });

  it('leaves frames for later turns when those before took long, so that others have theirs', async () => {
    passTime(20);
    const { stream, heard } = open();
    stream.emit('data', frames(3));
    expect(heard).toEqual(['frame']);
    await nextTurn();
    expect(heard).toEqual(['frame', 'frame']);
    await nextTurn();
    expect(heard).toEqual(['frame', 'frame', 'frame']);
  });

  it('takes the frames before one that is broken first, however long they take', async () => {
    passTime(20);
    const { stream, heard } = open();
    stream.emit('data', Buffer.concat([frames(2), Buffer.alloc(10, 'x')]));
    expect(heard).toEqual(['frame']);
    await nextTurn();
    await nextTurn();
    expect(heard).toEqual(['frame', 'frame', 'broken']);
  });

  it('drops a client that reads nothing while others send to it', async () => {
    const { socket, heard } = open();
    const content = { rawProperties: Buffer.of(0, 0), body: Buffer.alloc(8_000_000) };
    const deliver = { name: 'basic.deliver', consumerTag: 't', deliveryTag: 1, redelivered: false } as const;
    const send = (): void => socket.sendContent(1, { ...deliver, exchange: '', routingKey: '' }, content);
    for (let left = 6; left > 0; left--) send();
    await nextTurn();
    expect(heard).toEqual(['congested']);
    for (let left = 2; left > 0; left--) send();
    await nextTurn();
    expect(heard[1]).toMatch(/^gone: it left \d+ bytes unread, and more came$/);
  });

  it('sends something now and then to a client that it does not read, to see whether it is still there', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const { socket, stream } = open();
    const write = vi.spyOn(stream, 'write').mockReturnValue(true);
    socket.halt('memory');
    vi.advanceTimersByTime(15_000);
    expect(write).toHaveBeenCalledTimes(3);
    socket.resume('memory');
    vi.advanceTimersByTime(15_000);
    expect(write).toHaveBeenCalledTimes(3);
    expect(vi.getTimerCount()).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { decodeMethod, methodNameOf } from '../frame-decoder.ts';
import { WireWriter } from '../wire-writer.ts';
import { METHOD_IDS, type Method, writeMethod } from './method.ts';

function encode(method: Method): Buffer {
  const writer = new WireWriter();
  writeMethod(writer, method);
  return writer.take();
}

describe('methods', () => {
  it.each<[string, Method]>([
    [
      '003c0028 0000 0165 026b6b 01',
      { name: 'basic.publish', exchange: 'e', routingKey: 'kk', mandatory: true, immediate: false },
    ],
    ['003c0050 0000000100000002 01', { name: 'basic.ack', deliveryTag: 2 ** 32 + 2, multiple: true }],
    ['003c0078 0000000000000001 02', { name: 'basic.nack', deliveryTag: 1, multiple: false, requeue: true }],
    ['000a001f 07ff 00020000 003c', { name: 'connection.tune-ok', channelMax: 2047, frameMax: 131_072, heartbeat: 60 }],
    ['000a0028 012f 00 00', { name: 'connection.open', virtualHost: '/' }],
    ['0014000b 00000000', { name: 'channel.open-ok' }],
    [
      '0032000a 0000 0171 16 00000000',
      {
        name: 'queue.declare',
        queue: 'q',
        passive: false,
        durable: true,
        exclusive: true,
        autoDelete: false,
        noWait: true,
        arguments: {},
      },
    ],
  ])('has the bytes %s', (hex, method) => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    expect(encode(method).toString('hex')).toBe(bytes.toString('hex'));
    expect(decodeMethod(bytes)).toEqual(method);
  });

  it('are named by their ids for errors', () => {
    expect(methodNameOf(50, 10)).toBe('queue.declare');
    expect(methodNameOf(0, 0)).toBeUndefined();
    expect(new Set(Object.values(METHOD_IDS)).size).toBe(Object.keys(METHOD_IDS).length);
  });

  it('are refused when there is no such class or method (503), or bytes follow (502)', () => {
    const malformed = (replyCode: number) => expect.objectContaining({ replyCode });
    expect(() => decodeMethod(Buffer.from('00630001', 'hex'))).toThrow(malformed(503));
    expect(() => decodeMethod(Buffer.from('003c0063', 'hex'))).toThrow(malformed(503));
    expect(() => decodeMethod(Buffer.from('003c006f00', 'hex'))).toThrow(malformed(502));
    expect(() => decodeMethod(Buffer.from('003c00', 'hex'))).toThrow(malformed(502));
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Method } from '../../protocol/codec/index.ts';
import { BrokerEngine } from '../engine/broker-engine.ts';
import { EngineSession } from './engine-session.ts';

let engine: BrokerEngine;
let session: EngineSession;
let answers: [channel: number, method: Method['name']][];

const noContent = { rawProperties: Buffer.alloc(2), body: Buffer.alloc(0) };
const close = { replyCode: 200, replyText: '', failedClassId: 0, failedMethodId: 0 };

function publish(immediate: boolean, exchange: string): void {
  const method = { name: 'basic.publish', exchange, routingKey: '', mandatory: false, immediate } as const;
  session.receive({ channel: 1, method, content: noContent });
}

beforeEach(() => {
  engine = new BrokerEngine();
  answers = [];
  const peer = {
    take: ({ channel, method }: { channel: number; method: Method }) => answers.push([channel, method.name]),
    unblocked: () => undefined,
  };
  session = new EngineSession(engine, { vhost: '/', user: 'guest' }, peer);
  session.receive({ channel: 1, method: { name: 'channel.open' } });
  answers = [];
});

afterEach(() => {
  engine.close();
});

describe('the session of a client in this process', () => {
  it('ignores everything but the goodbye once it has told the client that the connection is closed', () => {
    publish(true, '');
    session.receive({ channel: 2, method: { name: 'channel.open' } });
    publish(false, 'none');
    session.receive({ channel: 0, method: { name: 'connection.close', ...close } });
    session.receive({ channel: 0, method: { name: 'connection.close', ...close } });
    expect(answers).toEqual([
      [0, 'connection.close'],
      [0, 'connection.close-ok'],
    ]);
  });

  it('ignores everything on a channel that it has closed, until the client has answered', () => {
    publish(false, 'none');
    publish(false, 'none');
    session.receive({ channel: 1, method: { name: 'basic.qos', prefetchSize: 0, prefetchCount: 1, global: false } });
    session.receive({ channel: 1, method: { name: 'channel.close-ok' } });
    session.receive({ channel: 1, method: { name: 'channel.open' } });
    expect(answers).toEqual([
      [1, 'channel.close'],
      [1, 'channel.open-ok'],
    ]);
  });

  it('tells the client once why the engine ends its connection, and nothing after it was cut', () => {
    engine.deleteVhost('/');
    engine.close();
    expect(answers).toEqual([[0, 'connection.close']]);
    session.cut();
    session.receive({ channel: 0, method: { name: 'connection.close', ...close } });
    expect(answers).toHaveLength(1);
  });

  it('takes a new secret, which proves nothing to an engine that asks for none', () => {
    const method = { name: 'connection.update-secret', newSecret: Buffer.from('s'), reason: '' } as const;
    session.receive({ channel: 0, method });
    expect(answers).toEqual([[0, 'connection.update-secret-ok']]);
  });
});

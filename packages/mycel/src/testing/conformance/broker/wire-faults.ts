import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { protocol } from '../../../protocol/codec/index.ts';
import { type BrokerBehaviour, behavioursOf, needing } from './broker-behaviour.ts';
import type { BrokerWorld } from './broker-world.ts';
import { queueExists } from './queue-contents.ts';
import { onWire, WIRE_FRAME_MAX, WirePeer } from './wire-peer.ts';

const { FRAME_BODY, FRAME_METHOD } = protocol;

const publish = { name: 'basic.publish', exchange: '', routingKey: 'q', mandatory: false, immediate: false } as const;

type Misdeed = (peer: WirePeer) => void;

/** What is sent, and the connection's end: a code, and the text where it does not show the frame in Erlang's words. */
const misdeeds: readonly [string, Misdeed, number, string | RegExp][] = [
  ['a frame without its end', (peer) => peer.sendFrame(FRAME_METHOD, 1, Buffer.alloc(4), 0), 501, /^FRAME_ERROR - /],
  ['a frame of an unknown type', (peer) => peer.sendFrame(17, 1, Buffer.alloc(4)), 501, /^FRAME_ERROR - /],
  [
    'a frame larger than was agreed',
    (peer) => {
      peer.send(1, publish);
      peer.sendHeader(1, 2 * WIRE_FRAME_MAX);
      peer.sendFrame(FRAME_BODY, 1, Buffer.alloc(2 * WIRE_FRAME_MAX));
    },
    501,
    /^FRAME_ERROR - /,
  ],
  [
    'a method that does not exist',
    (peer) => peer.sendFrame(FRAME_METHOD, 1, Buffer.from([0, 60, 0, 200])),
    501,
    /^FRAME_ERROR - /,
  ],
  [
    'a method that ends in the middle',
    (peer) => peer.sendFrame(FRAME_METHOD, 1, Buffer.from([0, 50, 0, 10, 0, 0, 5, 97])),
    501,
    /^FRAME_ERROR - /,
  ],
  [
    'a header without a message',
    (peer) => peer.sendHeader(1, 0),
    505,
    'UNEXPECTED_FRAME - expected method frame, got non method frame instead',
  ],
  [
    'a body without a message',
    (peer) => peer.sendFrame(FRAME_BODY, 1, Buffer.from('x')),
    505,
    'UNEXPECTED_FRAME - expected method frame, got non method frame instead',
  ],
  [
    'a method where a header is due',
    (peer) => peer.send(1, publish, { name: 'basic.qos', prefetchSize: 0, prefetchCount: 0, global: false }),
    505,
    'UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead',
  ],
  [
    'a body where a header is due',
    (peer) => {
      peer.send(1, publish);
      peer.sendFrame(FRAME_BODY, 1, Buffer.from('x'));
    },
    505,
    'UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead',
  ],
  [
    'a header of another class',
    (peer) => {
      peer.send(1, publish);
      peer.sendHeader(1, 0, Buffer.alloc(2), 50);
    },
    505,
    'UNEXPECTED_FRAME - expected content header for class 60, got one for class 50 instead',
  ],
  [
    'a method where a body is due',
    (peer) => {
      peer.send(1, publish);
      peer.sendHeader(1, 5);
      peer.send(1, publish);
    },
    505,
    'UNEXPECTED_FRAME - expected content body, got non content body frame instead',
  ],
  [
    'a method on a channel that is not open',
    (peer) => peer.send(5, { name: 'tx.select' }),
    504,
    "CHANNEL_ERROR - expected 'channel.open'",
  ],
  [
    'a channel opened twice',
    (peer) => peer.send(1, { name: 'channel.open' }),
    504,
    "CHANNEL_ERROR - second 'channel.open' seen",
  ],
  [
    'a method that only brokers send',
    (peer) => peer.send(1, { name: 'basic.consume-ok', consumerTag: 'x' }),
    503,
    /^COMMAND_INVALID - /,
  ],
];

/** Waits for the end of the connection, and for its socket to be closed once that is answered. */
async function expectEnd(peer: WirePeer, replyCode: number, replyText: string | RegExp): Promise<void> {
  const close = await peer.expect('connection.close');
  assert.equal(close.replyCode, replyCode, JSON.stringify(close));
  if (typeof replyText === 'string') assert.equal(close.replyText, replyText);
  else assert.match(close.replyText, replyText);
  peer.send(0, { name: 'connection.close-ok' });
  await peer.ended;
}

const onConnection = behavioursOf(
  'a connection is ended by',
  Object.fromEntries(
    misdeeds.map(([name, misdeed, replyCode, replyText]) => [
      name,
      onWire(async (peer, world) => {
        misdeed(peer);
        await expectEnd(peer, replyCode, replyText);
        assert.ok(!(await queueExists(world)));
      }),
    ]),
  ),
);

const inHandshake = behavioursOf('a stranger', {
  'of another protocol is told which one is spoken here': needing(['tcp'], async (world) => {
    assert.deepEqual(await answerTo(world, 'AMQP\x00\x09\x09\x09'), protocol.PROTOCOL_HEADER);
  }),
  'who speaks no protocol at all is told which protocol is spoken here': needing(['tcp'], async (world) => {
    assert.deepEqual(await answerTo(world, 'NONSENSE'), protocol.PROTOCOL_HEADER);
  }),
  'who opens a channel before the connection is refused': needing(['tcp'], async (world) => {
    const peer = await WirePeer.greet(world);
    await peer.expect('connection.start');
    peer.send(1, { name: 'channel.open' });
    await peer.ended;
  }),
});

/** Sends a first word and gives all that the broker says before it closes the socket. */
async function answerTo({ entrance: { host, port } }: BrokerWorld, greeting: string): Promise<Buffer> {
  const socket = connect({ host, port });
  socket.write(greeting, 'latin1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A broker that has not read all resets the connection after its answer.
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks);
}

export const wireFaults: readonly BrokerBehaviour[] = [...onConnection, ...inHandshake];

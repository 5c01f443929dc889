import { afterEach, beforeEach, expect, it } from 'vitest';
import { hurry } from '../../../../tests/support/hurried-clock.ts';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { pause } from '../foundation/pause.ts';
import { silentLogger } from '../foundation/logger.ts';
import type { AmqpChannel, Delivery } from '../protocol/client/index.ts';
import type { Method } from '../protocol/codec/index.ts';
import type { EventTrial } from '../transport/event-transport.ts';
import { resolveAmqpOptions } from './amqp-options.ts';
import { ConfirmedCopies } from './confirmed-copies.ts';
import { SupervisedConnection } from './supervised-connection.ts';
import { TrialMarks } from './trial-marks.ts';

forbidUnhandledRejections();

let broker: ObligingBroker;
let connection: SupervisedConnection;
let copies: ConfirmedCopies;
let channel: AmqpChannel;
let marks: TrialMarks;

beforeEach(async () => {
  broker = await ObligingBroker.start();
  connection = new SupervisedConnection(resolveAmqpOptions({ uri: broker.uri, heartbeat: 0 }));
  await connection.open();
  copies = new ConfirmedCopies(connection, silentLogger);
  channel = await (await connection.whenOpen()).openChannel();
  marks = new TrialMarks({ name: 'stock.onSold', queue: () => 'lab', connection, copies: () => copies });
  await expect.poll(() => copies.isWritable).toBe(true);
});

afterEach(async () => {
  broker.react = () => false;
  await connection.close();
  await broker[Symbol.asyncDispose]();
});

function trialOf(messageId: string): EventTrial {
  const delivery: Pick<Delivery, 'properties'> = { properties: { messageId } };
  return marks.trialOf(channel, delivery as Delivery); // nothing else is looked at where there is an id
}

/** The broker has no marks, and says nothing to methods of that name until the function that is returned is called. */
function ignore(name?: Method['name']): () => void {
  let ignored = name;
  broker.react = (method, id, peer) => {
    if (method.name === ignored) return true;
    if (method.name !== 'basic.get') return false;
    peer.send(id, { name: 'basic.get-empty' });
    return true;
  };
  return () => {
    ignored = undefined;
  };
}

const tooLate = /^the broker has not taken the mark of stock\.onSold for 10 s; see the queue 'lab\.suspects'$/;

it('an event begins without its mark after a while if the broker does not confirm it', async () => {
  ignore('basic.publish');
  const trial = trialOf('a');
  expect(await hurry(() => expect(trial.begin()).rejects.toThrow(tooLate))).toBeLessThan(11_000);
});

it.each<Method['name']>(['channel.open', 'queue.declare', 'basic.get'])(
  'so it does if the broker does not answer %s, and others have their marks once it does',
  async (name) => {
    const answers = ignore(name);
    const [first, second] = [trialOf('a'), trialOf('b')];
    await hurry(async () => {
      await expect(first.begin()).rejects.toThrow(tooLate);
      first.end();
      answers();
      await pause(5000);
      expect(await second.begin()).toBe(0);
    });
    await expect.poll(() => marks.settled()).toBeUndefined();
  },
);

it('an event waits for its mark while the broker takes no messages', async () => {
  ignore();
  const [peer] = broker.connections;
  peer?.send(0, { name: 'connection.blocked', reason: 'low on memory' });
  await expect.poll(() => copies.isWritable).toBe(false);
  const begun = trialOf('a').begin();
  const ms = await hurry(async () => {
    const waited = pause(60_000).then(() => peer?.send(0, { name: 'connection.unblocked' }));
    expect(await begun).toBe(0);
    await waited;
  });
  expect(ms).toBeGreaterThanOrEqual(60_000);
});

import { describe, expect, it } from 'vitest';
import { EngineClient, faultOf } from '../../../../../tests/support/engine-client.ts';
import type { QueueDelete } from '../../protocol/codec/methods/queue.ts';
import { BrokerEngine } from './broker-engine.ts';

function remove(client: EngineClient, queue: string, options: Partial<QueueDelete> = {}): void {
  const method = { name: 'queue.delete', queue, ifUnused: false, ifEmpty: false, noWait: false } as const;
  client.channel.handle({ ...method, ...options });
}

function newClient(engine = new BrokerEngine()): EngineClient {
  return new EngineClient(engine);
}

describe('QueueMethods', () => {
  it('answers a declaration with what is in the queue', () => {
    const client = newClient();
    client.declare('q');
    client.publish('q', 'a');
    client.consume('q', { consumerTag: 'c' });
    client.publish('q', 'b');
    client.cancel('c');
    client.publish('q', 'c');
    client.declare('q');
    expect(client.sent.at(-1)).toEqual({ name: 'queue.declare-ok', queue: 'q', messageCount: 1, consumerCount: 0 });
  });

  it('answers that a queue is deleted before its consumers are told', () => {
    const client = newClient();
    client.declare('q');
    client.consume('q', { consumerTag: 'c' });
    remove(client, 'q');
    expect(client.sent.slice(-2).map(({ name }) => name)).toEqual(['queue.delete-ok', 'basic.cancel']);
  });

  it('names a queue that has no name, and means it by no name from then on', () => {
    const client = newClient();
    client.declare('');
    const answer = client.sent.at(-1);
    const name = answer?.name === 'queue.declare-ok' ? answer.queue : '';
    expect(name).toMatch(/^amq\.gen-[\w-]{22}$/);
    client.channel.handle({
      name: 'queue.bind',
      queue: '',
      exchange: 'amq.direct',
      routingKey: '',
      noWait: false,
      arguments: {},
    });
    client.publish(name, 'a', {}, { exchange: 'amq.direct' });
    expect(client.get('')?.message.body.toString()).toBe('a');
    client.channel.handle({
      name: 'queue.unbind',
      queue: '',
      exchange: 'amq.direct',
      routingKey: '',
      arguments: {},
    });
    client.publish(name, 'b', {}, { exchange: 'amq.direct' });
    expect(client.count(name)).toBe(0);
  });

  it('has no queue to mean by no name when none was declared', () => {
    expect(faultOf(() => newClient().get(''))).toBe('channel: 404 NOT_FOUND - no previously declared queue');
  });

  it('answers nothing to a client that waits for nothing', () => {
    const client = newClient();
    client.declare('q', {}, { noWait: true });
    client.channel.handle({ name: 'queue.purge', queue: 'q', noWait: true });
    remove(client, 'q', { noWait: true });
    expect(client.sent).toEqual([]);
  });

  it('purges what is ready', () => {
    const client = newClient();
    client.declare('q');
    for (const body of 'abc') client.publish('q', body);
    client.get('q');
    client.channel.handle({ name: 'queue.purge', queue: 'q', noWait: false });
    expect(client.sent.at(-1)).toEqual({ name: 'queue.purge-ok', messageCount: 2 });
    client.nack(1);
    expect(client.count('q')).toBe(1);
  });

  it('deletes a queue, if it is as the client says, and one that is not there', () => {
    const client = newClient();
    client.declare('q');
    client.publish('q', 'a');
    expect(faultOf(() => remove(client, 'q', { ifEmpty: true }))).toBe(
      "channel: 406 PRECONDITION_FAILED - queue 'q' in vhost '/' not empty",
    );
    client.consume('q');
    expect(faultOf(() => remove(client, 'q', { ifUnused: true }))).toBe(
      "channel: 406 PRECONDITION_FAILED - queue 'q' in vhost '/' in use",
    );
    remove(client, 'q');
    remove(client, 'q');
    expect(client.sent.at(-1)).toEqual({ name: 'queue.delete-ok', messageCount: 0 });
  });

  it('deletes a queue with its last consumer where it was declared so', () => {
    const client = newClient();
    client.declare('q', {}, { autoDelete: true });
    client.consume('q', { consumerTag: 'x' });
    client.consume('q', { consumerTag: 'y' });
    client.cancel('x');
    expect(client.count('q')).toBe(0);
    client.cancel('y');
    expect(faultOf(() => client.count('q'))).toContain('404 NOT_FOUND');
  });

  it('lets nobody but the connection that declared it touch an exclusive queue, and takes messages of all', () => {
    const engine = new BrokerEngine();
    const owner = newClient(engine);
    owner.declare('q', {}, { exclusive: true });
    const other = newClient(engine);
    const locked =
      "channel: 405 RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q' in vhost '/'. It could be " +
      'originally declared on another connection or the exclusive property value does not match that of the original declaration.';
    const touches = [
      () => other.declare('q', {}, { exclusive: true }),
      () => other.declare('q', {}, { passive: true }),
      () => other.consume('q'),
      () => other.get('q'),
      () => other.channel.handle({ name: 'queue.purge', queue: 'q', noWait: false }),
      () => remove(other, 'q'),
      () =>
        other.channel.handle({
          name: 'queue.bind',
          queue: 'q',
          exchange: 'amq.fanout',
          routingKey: '',
          noWait: false,
          arguments: {},
        }),
      () => owner.declare('q'),
    ];
    expect(touches.map(faultOf)).toEqual(touches.map(() => locked));
    other.publish('q', 'a');
    expect(owner.count('q')).toBe(1);
  });

  it('leaves a queue alone that took the name of an exclusive one, when the owner of that goes', () => {
    const engine = new BrokerEngine();
    const owner = newClient(engine);
    owner.declare('q', {}, { exclusive: true });
    remove(owner, 'q');
    const other = newClient(engine);
    other.declare('q');
    owner.connection.close();
    expect(other.count('q')).toBe(0);
  });

  it('refuses reserved names, and takes line ends out of others', () => {
    const client = newClient();
    expect(faultOf(() => client.declare('amq.mine'))).toBe(
      "channel: 403 ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'",
    );
    client.declare('a\r\nb');
    expect(client.sent.at(-1)).toMatchObject({ queue: 'ab' });
  });

  it.each([
    [{ durable: false }, "invalid property 'non-durable' for queue 'q' in vhost '/'"],
    [{ exclusive: true }, "invalid property 'exclusive-owner' for queue 'q' in vhost '/'"],
    [{ autoDelete: true }, "invalid property 'auto-delete' for queue 'q' in vhost '/'"],
    [{ queue: '' }, 'Cannot declare a server-named queue for type rabbit_quorum_queue'],
  ])('refuses a quorum queue with %j', (options, text) => {
    const client = newClient();
    const declare = (): void => client.declare('q', { 'x-queue-type': 'quorum' }, options);
    expect(faultOf(declare)).toBe(`channel: 406 PRECONDITION_FAILED - ${text}`);
  });

  it('says of what it accepts and does nothing about that it does so', () => {
    const notices: string[] = [];
    const client = newClient(new BrokerEngine({ onNotice: (text) => notices.push(text) }));
    for (let count = 0; count < 2; count++) {
      client.declare('q', { 'x-queue-type': 'quorum', 'x-quorum-initial-group-size': 3, 'x-max-length': 5 });
    }
    expect(notices).toEqual([
      expect.stringMatching(/^Queue 'q' was declared with x-queue-type "quorum"/),
      expect.stringMatching(/^Queue 'q' was declared with x-quorum-initial-group-size 3/),
    ]);
  });

  it('limits the queues of a virtual host', () => {
    const client = newClient(new BrokerEngine({ maxQueues: 1 }));
    client.declare('q');
    client.declare('q');
    expect(faultOf(() => client.declare('p'))).toBe(
      "channel: 406 PRECONDITION_FAILED - cannot declare queue 'p' in vhost '/': queue limit in vhost '/' (1) is reached",
    );
  });
});

import type { FieldTable } from '../../protocol/codec/index.ts';
import type {
  QueueBind,
  QueueDeclare,
  QueueDelete,
  QueueMethod,
  QueuePurge,
  QueueUnbind,
} from '../../protocol/codec/methods/queue.ts';
import type { ChannelScope } from './channel-scope.ts';
import { generateName } from './generated-name.ts';
import { notedArguments, readQueueArguments } from './queue-arguments.ts';
import { assertEquivalentQueue } from './queue-equivalence.ts';
import type { Queue } from './queue.ts';
import { plainField } from './plain-fields.ts';
import type { QueueDeclaration } from './queue-settings.ts';
import { accessRefused, commandInvalid, describeQueue, notFound, preconditionFailed, notOwned } from './refusals.ts';
import { directReplyTo } from './reply-address.ts';
import type { VirtualHost } from './virtual-host.ts';
import { withoutLineEnds } from './without-line-ends.ts';

/** Acts on the methods of class queue, and knows the queue that the channel declared last, which the name `''` means. */
export class QueueMethods {
  readonly #scope: ChannelScope;
  #lastDeclared: string | undefined;

  constructor(scope: ChannelScope) {
    this.#scope = scope;
  }

  get #vhost(): VirtualHost {
    return this.#scope.connection.vhost;
  }

  handle(method: QueueMethod): void {
    switch (method.name) {
      case 'queue.declare':
        this.#declare(method);
        return;
      case 'queue.bind':
        this.#bind(method);
        return;
      case 'queue.unbind':
        this.#unbind(method);
        return;
      case 'queue.purge':
        this.#purge(method);
        return;
      case 'queue.delete':
        this.#delete(method);
        return;
      default:
        throw commandInvalid('unimplemented method');
    }
  }

  /** Finds the queue that a method names. Throws a fault: 404, or 405 if it is another connection's own. */
  named(given: string): Queue {
    return this.#vhost.queueFor(this.#scope.connection.id, this.#nameMeantBy(given));
  }

  #nameMeantBy(given: string): string {
    if (given !== '') return withoutLineEnds(given);
    if (this.#lastDeclared === undefined) throw notFound('no previously declared queue');
    return this.#lastDeclared;
  }

  #declare(method: QueueDeclare): void {
    const { queue: given, passive, noWait } = method;
    const name = withoutLineEnds(given);
    if (name.startsWith(directReplyTo)) {
      this.#declareReplyAddress(name, noWait);
      return;
    }
    const queue = passive
      ? this.#vhost.queueFor(this.#scope.connection.id, name)
      : this.#declared({ ...method, queue: name });
    this.#lastDeclared = queue.name;
    queue.touch();
    if (!noWait) this.#answerDeclare(queue.name, queue.countReady(), queue.consumers.count);
  }

  #declareReplyAddress(name: string, noWait: boolean): void {
    const isThere = name === directReplyTo || this.#vhost.hasReplyAddress(name);
    if (!isThere) throw this.#vhost.noQueue(name);
    if (!noWait) this.#answerDeclare(name, 0, 1);
  }

  #answerDeclare(queue: string, messageCount: number, consumerCount: number): void {
    this.#scope.peer.send({ name: 'queue.declare-ok', queue, messageCount, consumerCount });
  }

  #declared(method: QueueDeclare): Queue {
    const { queue: name, durable: isDurable, autoDelete: isAutoDelete, exclusive, arguments: args } = method;
    if (name.startsWith('amq.')) throw accessRefused(`queue name '${name}' contains reserved prefix 'amq.*'`);
    const current = this.#vhost.findQueue(name);
    if (current === undefined) return this.#create(method);
    const owner = exclusive ? this.#scope.connection.id : undefined;
    if (current.declaration.owner !== owner) throw notOwned(describeQueue(name, this.#vhost.name));
    assertEquivalentQueue(current.declaration, { name, isDurable, isAutoDelete, arguments: args }, this.#vhost.name);
    return current;
  }

  #create(method: QueueDeclare): Queue {
    const { exclusive, durable: isDurable, autoDelete: isAutoDelete, arguments: args } = method;
    const settings = readQueueArguments(method.queue, this.#vhost.name, args);
    if (settings.type === 'quorum') assertFitForQuorum(method, this.#vhost.name);
    const name = method.queue === '' ? generateName('amq.gen-') : method.queue;
    const owner = exclusive ? this.#scope.connection.id : undefined;
    const declaration: QueueDeclaration = { name, isDurable, isAutoDelete, owner, arguments: args, settings };
    const queue = this.#vhost.createQueue(declaration);
    this.#notice(name, args);
    return queue;
  }

  #notice(name: string, args: FieldTable): void {
    for (const noted of notedArguments(args)) {
      const what = `Queue '${name}' was declared with ${noted} ${JSON.stringify(plainField(args[noted]))}`;
      this.#vhost.onNotice(`${what}: accepted, but it is kept in the memory of this process like any other`);
    }
  }

  #bind({ queue, exchange, routingKey, arguments: args, noWait }: QueueBind): void {
    const name = this.#nameMeantBy(queue);
    const binding = { queue: name, exchange, routingKey: keyMeantBy(routingKey, queue, name), arguments: args };
    this.#vhost.exchanges.bindQueue(binding, () => this.named(name));
    if (!noWait) this.#scope.peer.send({ name: 'queue.bind-ok' });
  }

  #unbind({ queue, exchange, routingKey, arguments: args }: QueueUnbind): void {
    const name = this.#nameMeantBy(queue);
    const binding = { queue: name, exchange, routingKey: keyMeantBy(routingKey, queue, name), arguments: args };
    this.#vhost.exchanges.unbindQueue(binding, () => this.named(name));
    this.#scope.peer.send({ name: 'queue.unbind-ok' });
  }

  #purge({ queue, noWait }: QueuePurge): void {
    const messageCount = this.named(queue).purge();
    if (!noWait) this.#scope.peer.send({ name: 'queue.purge-ok', messageCount });
  }

  #delete({ queue: given, ifUnused, ifEmpty, noWait }: QueueDelete): void {
    const queue = this.#vhost.findQueue(this.#nameMeantBy(given));
    if (queue !== undefined) this.#assertDeletable(queue, ifUnused, ifEmpty);
    // The consumers hear of it afterwards: py-amqp gives up waiting for the answer when it is told first of its consumer's end.
    if (!noWait) this.#scope.peer.send({ name: 'queue.delete-ok', messageCount: queue?.countReady() ?? 0 });
    if (queue !== undefined) this.#vhost.deleteQueue(queue);
  }

  #assertDeletable(queue: Queue, ifUnused: boolean, ifEmpty: boolean): void {
    const described = describeQueue(queue.name, this.#vhost.name);
    this.#vhost.assertUsable(queue, this.#scope.connection.id);
    if (ifUnused && queue.consumers.count > 0) throw preconditionFailed(`${described} in use`);
    if (ifEmpty && queue.countReady() > 0) throw preconditionFailed(`${described} not empty`);
  }
}

function assertFitForQuorum({ queue, durable, exclusive, autoDelete }: QueueDeclare, vhost: string): void {
  if (queue === '') throw preconditionFailed('Cannot declare a server-named queue for type rabbit_quorum_queue');
  const property = !durable ? 'non-durable' : exclusive ? 'exclusive-owner' : autoDelete ? 'auto-delete' : undefined;
  if (property === undefined) return;
  throw preconditionFailed(`invalid property '${property}' for ${describeQueue(queue, vhost)}`);
}

/** Binding the queue declared last without a key means its name. */
function keyMeantBy(routingKey: string, givenQueue: string, queue: string): string {
  return routingKey === '' && givenQueue === '' ? queue : routingKey;
}

import type { Method } from '../../protocol/codec/index.ts';
import type { BasicMethod, BasicPublish } from '../../protocol/codec/methods/basic.ts';
import type { ChannelFlow } from '../../protocol/codec/methods/channel.ts';
import type { TxMethod } from '../../protocol/codec/methods/tx.ts';
import type { ChannelStatus } from './broker-status.ts';
import { ChannelConsumers } from './channel-consumers.ts';
import type { ChannelPeer } from './channel-peer.ts';
import type { ChannelScope, ConnectionScope } from './channel-scope.ts';
import { Deliveries } from './deliveries.ts';
import { handleExchangeMethod } from './exchange-methods.ts';
import type { PublishedContent } from './message.ts';
import { Publishing } from './publishing.ts';
import { QueueMethods } from './queue-methods.ts';
import { commandInvalid, notImplemented, preconditionFailed } from './refusals.ts';

/** What opens a channel, and wants to know when it is closed. */
export interface ChannelOwner extends ConnectionScope {
  channelClosed(channel: EngineChannel): void;
}

/** A channel of a connection to the broker, seen from the broker. Open until {@link close}; then it does nothing any more. */
export class EngineChannel {
  readonly id: number;
  readonly #owner: ChannelOwner;
  readonly #scope: ChannelScope;
  readonly #deliveries: Deliveries;
  readonly #consumers: ChannelConsumers;
  readonly #publishing: Publishing;
  readonly #queueMethods: QueueMethods;
  #isOpen = true;

  constructor(id: number, owner: ChannelOwner, peer: ChannelPeer) {
    this.id = id;
    this.#owner = owner;
    this.#scope = { id, peer, connection: owner };
    this.#deliveries = new Deliveries(this.#scope, () => this.wakeConsumers());
    this.#consumers = new ChannelConsumers(this.#scope, this.#deliveries);
    this.#publishing = new Publishing(this.#scope, () => this.#consumers.replyAddress);
    this.#queueMethods = new QueueMethods(this.#scope);
  }

  /**
   * Acts on a method of the client and answers through the peer, unless it said `noWait`. Takes every method of a client but
   * `channel.open`, `channel.close`, those of class connection, and `basic.publish`. Throws an `AmqpFault`; the caller then
   * tells the client and closes the channel or the connection.
   */
  handle(method: Method): void {
    if (!this.#isOpen) return;
    switch (method.name) {
      case 'exchange.declare':
      case 'exchange.delete':
      case 'exchange.bind':
      case 'exchange.unbind':
        handleExchangeMethod(this.#scope, method);
        return;
      case 'queue.declare':
      case 'queue.bind':
      case 'queue.unbind':
      case 'queue.purge':
      case 'queue.delete':
        this.#queueMethods.handle(method);
        return;
      case 'confirm.select':
        this.#publishing.selectConfirm();
        if (!method.noWait) this.#scope.peer.send({ name: 'confirm.select-ok' });
        return;
      case 'tx.select':
      case 'tx.commit':
      case 'tx.rollback':
        this.#transact(method);
        return;
      case 'channel.flow':
        this.#setFlow(method);
        return;
      default:
        // Those of other classes end in the switch over there.
        this.#handleBasic(method as BasicMethod);
    }
  }

  /** Takes a message. Throws an `AmqpFault` as {@link handle} does. */
  publish(method: BasicPublish, content: PublishedContent): void {
    if (this.#isOpen) this.#publishing.publish(method, content);
  }

  /** Ends its consumers, puts back what it has not settled, and rolls its transaction back. Idempotent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#publishing.rollback();
    this.#consumers.stop();
    const returned = this.#deliveries.takeBackAll();
    this.#consumers.end();
    for (const { source } of returned) source.deliver();
    this.#owner.channelClosed(this);
  }

  /** Lets its consumers go on after its connection was paused. */
  wakeConsumers(): void {
    this.#consumers.wake();
  }

  status(): ChannelStatus {
    return {
      id: this.id,
      mode: this.#publishing.mode,
      prefetch: this.#consumers.prefetch,
      channelPrefetch: this.#deliveries.limit,
      consumers: this.#consumers.count,
      unsettled: this.#deliveries.unsettledCount,
    };
  }

  #handleBasic(method: BasicMethod): void {
    switch (method.name) {
      case 'basic.ack':
        this.#deliveries.acknowledge(method);
        return;
      case 'basic.nack':
      case 'basic.reject':
        this.#deliveries.refuse(method);
        return;
      case 'basic.consume':
        this.#consumers.consume(method, (name) => this.#queueMethods.named(name));
        return;
      case 'basic.cancel':
        this.#consumers.cancel(method);
        return;
      case 'basic.get':
        this.#deliveries.fetch(method, this.#queueMethods.named(method.queue));
        return;
      case 'basic.qos':
        this.#consumers.setPrefetch(method);
        return;
      case 'basic.recover':
        this.#deliveries.recover(method.requeue);
        this.#scope.peer.send({ name: 'basic.recover-ok' });
        return;
      case 'basic.recover-async':
        this.#deliveries.recover(method.requeue);
        return;
      default:
        throw commandInvalid('unimplemented method');
    }
  }

  #transact({ name }: TxMethod): void {
    if (name === 'tx.select') {
      this.#publishing.selectTransaction();
      this.#deliveries.selectTransaction();
      this.#scope.peer.send({ name: 'tx.select-ok' });
      return;
    }
    if (this.#publishing.mode !== 'transaction') throw preconditionFailed('channel is not transactional');
    if (name === 'tx.commit') {
      this.#publishing.commit();
      this.#deliveries.commit();
      this.#scope.peer.send({ name: 'tx.commit-ok' });
    } else {
      this.#publishing.rollback();
      this.#deliveries.rollback();
      this.#scope.peer.send({ name: 'tx.rollback-ok' });
    }
  }

  /** As in RabbitMQ a client cannot stop the broker so, and need not start it. */
  #setFlow({ active }: ChannelFlow): void {
    if (!active) throw notImplemented('active=false');
    this.#scope.peer.send({ name: 'channel.flow-ok', active: true });
  }
}

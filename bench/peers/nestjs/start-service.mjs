import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Transport } from '@nestjs/microservices';
import { decorateClass } from '../decorate.mjs';

/** Starts a microservice of one controller as the documentation shows. With `noAck: false` its handlers acknowledge. */
export async function startService(controller, { uri, queue, prefetch, noAck, noDelay }) {
  class AppModule {}
  decorateClass(controller, Controller());
  decorateClass(AppModule, Module({ controllers: [controller] }));
  const app = await NestFactory.createMicroservice(AppModule, {
    logger: ['error', 'warn'],
    transport: Transport.RMQ,
    options: {
      urls: [uri],
      queue,
      queueOptions: { durable: true },
      noAck,
      prefetchCount: prefetch,
      ...socketOptions(noDelay),
    },
  });
  await app.listen();
  return app;
}

/** The documentation speaks of no such thing: with Nagle on, as Node has it, small messages wait for each other. */
export function socketOptions(noDelay) {
  return noDelay ? { socketOptions: { connectionOptions: { noDelay: true } } } : {};
}

/** Acknowledges as the documentation shows, by the channel in the context of a handler. */
export function acknowledge(context) {
  context.getChannelRef().ack(context.getMessage());
}

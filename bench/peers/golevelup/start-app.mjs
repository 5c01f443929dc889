import 'reflect-metadata';
import { RabbitMQModule } from '@golevelup/nestjs-rabbitmq';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { decorateClass } from '../decorate.mjs';

/** Starts an application with the module as the documentation shows. Only the prefetch, 10 by default, is everyone's here. */
export async function startApp(providers, { uri, exchange, prefetch, noDelay }) {
  const rabbitmq = RabbitMQModule.forRoot({
    uri,
    exchanges: [{ name: exchange, type: 'topic' }],
    prefetchCount: prefetch,
    // With Nagle on, as Node has it, small messages wait for each other.
    ...(noDelay ? { connectionManagerOptions: { connectionOptions: { noDelay: true } } } : {}),
  });
  class AppModule {}
  decorateClass(AppModule, Module({ imports: [rabbitmq], providers }));
  return NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
}

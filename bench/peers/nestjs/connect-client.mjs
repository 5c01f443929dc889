import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { socketOptions } from './start-service.mjs';

/** Connects a client. Its channel is one with confirms, whatever it sends. */
export async function connectClient({ uri, queue, persistent, noDelay }) {
  Logger.overrideLogger(['error', 'warn']);
  const client = ClientProxyFactory.create({
    transport: Transport.RMQ,
    options: { urls: [uri], queue, queueOptions: { durable: true }, persistent, ...socketOptions(noDelay) },
  });
  await client.connect();
  return client;
}

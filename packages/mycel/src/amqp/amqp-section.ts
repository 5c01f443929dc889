import { z } from 'zod';
import type { ConfigSection } from '../foundation/config-section.ts';
import { durationMs } from '../foundation/duration.ts';
import { durationSchema } from '../foundation/duration-schema.ts';
import { amqpDefaults, type AmqpOptions } from './amqp-options.ts';
import { parseAmqpUris } from './amqp-uri.ts';

/** What `amqp.uri` is for the broker that the processes of one machine share; nothing to connect to by itself. */
export const embedded = 'embedded';

/** The section `amqp` of the configuration. */
export const amqpSection = {
  key: 'amqp',
  description: 'The connection to RabbitMQ.',
  schema: z.strictObject({
    uri: z
      .string()
      .refine((text) => text === embedded || isAmqpUri(text), {
        error: "expected an AMQP URI, such as 'amqp://user:password@host:5672/vhost', or 'embedded'",
      })
      .default(embedded)
      .describe(
        "Where the broker is; several URIs, parted by ';' or ',', are nodes of a cluster, of which one is chosen by chance, and another one when it fails. 'embedded' is the broker in memory that the processes of this machine share.",
      ),
    topology: z
      .enum(['mycel', 'nameko'])
      .default(amqpDefaults.topology)
      .describe(
        "'mycel': event queues are quorum queues; 'nameko': every queue as Nameko declares it, to share queues with Python.",
      ),
    rpc_exchange: z
      .string()
      .default(amqpDefaults.rpcExchange)
      .describe('The topic exchange that calls and replies go through.'),
    rpc_queue_type: z
      .enum(['classic', 'quorum'])
      .default(amqpDefaults.rpcQueueType)
      .describe(
        "What the queues of calls are: 'classic', as Nameko declares them, on one node; 'quorum': on several nodes of a cluster, so that calls go on when one is lost.",
      ),
    heartbeat: durationSchema
      .default(durationMs(amqpDefaults.heartbeat))
      .describe('Silence after which a heartbeat is due; twice that is a dead broker.'),
    connect_timeout: durationSchema
      .default(durationMs(amqpDefaults.connectTimeout))
      .describe('How long one attempt to connect may take.'),
    startup: z
      .enum(['wait', 'fail-fast'])
      .default('wait')
      .describe(
        "What services do at start while no broker takes them: 'wait' goes on trying, 'fail-fast' ends the process. Commands that only call do not wait.",
      ),
    startup_timeout: durationSchema
      .default(amqpDefaults.startupTimeout)
      .describe("How long a start with 'wait' tries before the process ends; 0 is for ever."),
    reconnect_timeout: durationSchema
      .default(amqpDefaults.reconnectTimeout)
      .describe('How long a lost connection may stay away before the process ends with a failure; 0 is never.'),
    consumer_timeout: durationSchema
      .default(durationMs(amqpDefaults.consumerTimeout))
      .describe(
        "RabbitMQ's own consumer_timeout, as it is set there: a message that is not settled for half of it is warned about; 0 is never.",
      ),
    publish_timeout: durationSchema
      .default(durationMs(amqpDefaults.publishTimeout))
      .describe('How long an event waits for a broker that is away, blocked or silent before its publish is rejected.'),
    publish_window: z
      .int()
      .positive()
      .default(amqpDefaults.publishWindow)
      .describe('How many events may be on the wire unconfirmed; the next ones wait for their turn.'),
    publish_window_bytes: z
      .int()
      .positive()
      .default(amqpDefaults.publishWindowBytes)
      .describe('How many bytes of events may be on the wire unconfirmed.'),
    publish_buffer: z
      .int()
      .positive()
      .default(amqpDefaults.publishBuffer)
      .describe('How many events may wait beside those on the wire, before a publish is rejected.'),
    publish_buffer_bytes: z
      .int()
      .positive()
      .default(amqpDefaults.publishBufferBytes)
      .describe(
        'How many bytes of events may wait, each counted as its body and 1 KiB, about what it holds of memory.',
      ),
  }),
  aliases: { AMQP_URI: 'uri', rpc_exchange: 'rpc_exchange' },
} satisfies ConfigSection;

/** Turns the section of the configuration into options. */
export function amqpOptionsFrom(section: z.infer<typeof amqpSection.schema>): AmqpOptions {
  return {
    uri: section.uri,
    topology: section.topology,
    rpcExchange: section.rpc_exchange,
    rpcQueueType: section.rpc_queue_type,
    heartbeat: section.heartbeat,
    connectTimeout: section.connect_timeout,
    startup: section.startup,
    startupTimeout: section.startup_timeout,
    reconnectTimeout: section.reconnect_timeout,
    consumerTimeout: section.consumer_timeout,
    publishTimeout: section.publish_timeout,
    publishWindow: section.publish_window,
    publishWindowBytes: section.publish_window_bytes,
    publishBuffer: section.publish_buffer,
    publishBufferBytes: section.publish_buffer_bytes,
  };
}

function isAmqpUri(text: string): boolean {
  try {
    return parseAmqpUris(text).length > 0;
  } catch {
    return false;
  }
}

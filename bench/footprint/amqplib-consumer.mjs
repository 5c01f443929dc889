// The least that a service on raw amqplib can be: one queue, one consumer.
import { connect } from 'amqplib';

const connection = await connect(process.env.AMQP_URI, { noDelay: true });
const channel = await connection.createChannel();
const { queue } = await channel.assertQueue('', { exclusive: true });
await channel.consume(queue, (message) => channel.ack(message));
console.log('ready');

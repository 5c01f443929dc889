import { describe, expect, it } from 'vitest';
import { AmqpFault } from './amqp-fault.ts';

describe('AmqpFault', () => {
  it('ends the channel for the codes that AMQP calls soft, the connection for the others', () => {
    expect(new AmqpFault(404, 'NOT_FOUND - x').scope).toBe('channel');
    expect(new AmqpFault(503, 'COMMAND_INVALID - x').scope).toBe('connection');
  });

  it('cuts a text that no frame could hold to 252 bytes and dots, as RabbitMQ does', () => {
    const { replyText } = new AmqpFault(404, `NOT_FOUND - no exchange '${'x'.repeat(250)}' in vhost '/'`);
    expect(replyText).toBe(`NOT_FOUND - no exchange '${'x'.repeat(227)}...`);
    expect(Buffer.byteLength(replyText)).toBe(255);
  });

  it('cuts between characters, and leaves a text that just fits', () => {
    expect(new AmqpFault(404, `N${'é'.repeat(200)}`).replyText).toBe(`N${'é'.repeat(125)}...`);
    expect(new AmqpFault(404, 'é'.repeat(127)).replyText).toBe('é'.repeat(127));
  });
});

import { answersWith } from './answers.ts';

const protocolHeader = Buffer.from('AMQP\0\0\x09\x01', 'latin1');

/** Tells whether an AMQP 0-9-1 server answers at this address: one that opens with a method frame within two seconds. */
export async function answersAmqp(host: string, port: number): Promise<boolean> {
  return answersWith(host, port, protocolHeader, Buffer.from([1]));
}

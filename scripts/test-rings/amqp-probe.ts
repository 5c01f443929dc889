import { connect } from 'node:net';

const protocolHeader = Buffer.from('AMQP\0\0\x09\x01', 'latin1');

/** Tells whether an AMQP 0-9-1 server answers at this address: one that opens with a method frame within two seconds. */
export async function answersAmqp(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 }, () => socket.write(protocolHeader));
    const settle = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('data', (data) => settle(data[0] === 1));
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => settle(false));
  });
}

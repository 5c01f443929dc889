import { connect } from 'node:net';

/**
 * Tells whether a server answers what it is sent with bytes that begin as expected, within two seconds. One that is not
 * there, says something else or nothing, does not.
 */
export async function answersWith(host: string, port: number, sent: Buffer, expected: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 }, () => socket.write(sent));
    const settle = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('data', (data) => settle(data.subarray(0, expected.length).equals(expected)));
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => settle(false));
  });
}

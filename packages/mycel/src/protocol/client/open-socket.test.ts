import { afterEach, describe, expect, it } from 'vitest';
import { ScriptedPeer } from '../../../../../tests/support/scripted-amqp-peer.ts';
import { testCertificate } from '../../../../../tests/support/tls-certificate.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import { AmqpConnection } from './amqp-connection.ts';

forbidUnhandledRejections();

let peer: ScriptedPeer | undefined;

afterEach(async () => {
  await peer?.[Symbol.asyncDispose]();
});

describe('connecting by TLS', () => {
  it('works with a certificate that is trusted, and EXTERNAL leaves the rest to it', async () => {
    peer = await ScriptedPeer.start(testCertificate);
    const connecting = AmqpConnection.connect({
      port: peer.port,
      tls: { ca: testCertificate.cert },
      credentials: { mechanism: 'EXTERNAL' },
    });
    const { startOk } = await (await peer.accept()).shakeHands();
    expect(startOk.mechanism).toBe('EXTERNAL');
    const connection = await connecting;
    expect(connection.isOpen).toBe(true);
    connection.destroy();
  });

  it('refuses a certificate that is not trusted', async () => {
    peer = await ScriptedPeer.start(testCertificate);
    await expect(AmqpConnection.connect({ port: peer.port, tls: true })).rejects.toMatchObject({
      code: 'MYCEL_AMQP_UNREACHABLE',
      message: expect.stringMatching(/self-signed certificate.*a certificate this client trusts/),
    });
  });

  it('says that a port speaks no TLS', async () => {
    peer = await ScriptedPeer.start();
    const connecting = AmqpConnection.connect({ port: peer.port, tls: true });
    const plain = await peer.accept();
    plain.socket.end('AMQP\0\0\x09\x01');
    await expect(connecting).rejects.toMatchObject({
      code: 'MYCEL_AMQP_UNREACHABLE',
      message: expect.stringMatching(/Does the broker speak TLS there/),
    });
  });
});

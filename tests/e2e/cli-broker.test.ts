import { connect } from 'amqplib';
import { describe, expect, test } from 'vitest';
import { MycelProcess, project, runMycel } from '../support/mycel-process.ts';

/** Starts `mycel broker` on a free port; gives where it listens. */
async function startBroker(...args: string[]): Promise<{ mycel: MycelProcess; port: number }> {
  const mycel = new MycelProcess(['broker', '--port', '0', ...args], project({}));
  const [, port] = await mycel.until(/amqp:\/\/\S*?:(\d+)/);
  return { mycel, port: Number(port) };
}

describe('mycel broker', () => {
  test('says what it is, where it listens and how to look into it, and what becomes of what it keeps', async () => {
    const { mycel, port } = await startBroker('--log-format', 'pretty');
    await mycel.until(/ctrl-c to stop/);
    expect(mycel.stdout).toContain('The embedded broker of Mycel');
    expect(mycel.stdout).toContain(`amqp://guest:guest@127.0.0.1:${port}\n`);
    expect(mycel.stdout).toMatch(/everything in memory: what is queued is lost when it ends/);
    const [, status = ''] = await mycel.until(/status +(http:\S+)/);
    expect(await (await fetch(status)).json()).toMatchObject({ server: { product: 'Mycel', port } });
  });

  test('serves clients until SIGINT or SIGTERM, tells them, and ends with 0', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const { mycel, port } = await startBroker();
      const connection = await connect(`amqp://127.0.0.1:${port}`);
      await (await connection.createChannel()).assertQueue('q');
      const told = new Promise((resolve) => connection.once('close', resolve));
      mycel.signal(signal);
      expect(await told).toMatchObject({ code: 320 });
      expect(await mycel.exit).toBe(0);
      expect(mycel.stderr).toBe('');
    }
  });

  test('has the users and virtual hosts it is given, and shows no password', async () => {
    const { mycel, port } = await startBroker('--user', 'app:se:cret', '--user', 'b:c', '--vhost', 'staging');
    await (await connect({ port, username: 'app', password: 'se:cret', vhost: 'staging' })).close();
    await expect(connect({ port, username: 'guest', password: 'guest', vhost: 'staging' })).rejects.toThrow(/403/);
    await mycel.until(/there is no user 'guest'/);
    expect(mycel.stdout).not.toContain('se:cret');
  });

  test('that listens on every interface with guest alone says who can use it', async () => {
    const { mycel } = await startBroker('--host', '0.0.0.0');
    await mycel.until(/'guest', who may connect from this machine only/);
  });

  test('on a port that is taken says by whom, and ends with 69', async () => {
    const { port } = await startBroker();
    const { code, stderr, stdout } = await runMycel(['broker', '--port', String(port)], project({}));
    expect(stderr).toMatch(
      /^mycel: The broker cannot listen at 127\.0\.0\.1:\d+: the port is taken by another embedded/,
    );
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
  });

  test.each([
    [['--port', '65536'], /--port <port>'.*whole number from 0 to 65535/],
    [['--port', '-1'], /whole number/],
    [['--user', 'app'], /name and a password/],
    [['--memory-limit', 'much'], /number of bytes/],
    [['--memory-limit', '0'], /number of bytes/],
  ])('with %j is refused, and ends with 2', async (args, message) => {
    const { code, stderr } = await runMycel(['broker', ...args], project({}));
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

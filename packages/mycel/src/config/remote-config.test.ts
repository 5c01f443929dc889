import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { freePorts } from '../../../../tests/support/free-ports.ts';
import { ConfigError, ConfigUnavailableError } from './config-error.ts';
import { loadConfig } from './load-config.ts';
import { fetchConfigText, type RemoteLimits } from './remote-config.ts';
import { coreSection } from './core-section.ts';

/** Serves on a free port of this machine until the test ends; gives the address. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Serves one answer for whatever is asked. */
async function serveText(body: string | Buffer, headers: Record<string, string> = {}, status = 200): Promise<string> {
  return serve((_request, response) => response.writeHead(status, headers).end(body));
}

async function failureOf(url: string, limits?: RemoteLimits): Promise<unknown> {
  return fetchConfigText(url, limits).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a configuration on a web server', () => {
  test('is read like a file, and its mistakes are told with its URL', async () => {
    const url = await serveText('max_workers: ${N}\n', { 'content-type': 'application/yaml' });
    const config = await loadConfig({ file: `${url}/config.yaml`, environment: { N: '7' } });
    expect(config.section(coreSection).max_workers).toBe(7);
    const wrong = await loadConfig({ file: `${url}/config.yaml?key=hunter2`, environment: { N: 'x' } });
    expect(() => wrong.section(coreSection)).toThrow(`${url}/config.yaml?...:1:14: max_workers: expected number`);
  });

  test.each(['application/yaml', 'text/x-yaml; charset=utf-8', 'application/vnd.api+json', 'text/plain', undefined])(
    'may call itself %s',
    async (type) => {
      expect(await fetchConfigText(await serveText('{}', type ? { 'content-type': type } : {}))).toBe('{}');
    },
  );

  test('is refused if it is something else', async () => {
    const url = await serveText('<html>', { 'content-type': 'text/html; charset=utf-8' });
    const failure = await failureOf(`${url}/c`);
    expect(failure).toBeInstanceOf(ConfigError);
    expect(failure).toMatchObject({ message: `${url}/c: is text/html, and a configuration is YAML or JSON` });
    expect(await failureOf(await serveText(Buffer.from([0xff, 0xfe])))).toMatchObject({
      message: expect.stringContaining('is not text in UTF-8') as string,
    });
    const list = await serveText('[1]');
    await expect(loadConfig({ file: list })).rejects.toThrow(`${list}/:1:1: expected a map of sections`);
  });

  test('is given up once it is too large, however small it is on the way', async () => {
    const large = 'x'.repeat(5000);
    for (const url of [await serveText(large), await serveText(gzipSync(large), { 'content-encoding': 'gzip' })]) {
      expect(await failureOf(url, { bytes: 4999 })).toMatchObject({
        code: 'MYCEL_CONFIG',
        message: expect.stringContaining('is larger than 4999 bytes') as string,
      });
      expect(await fetchConfigText(url, { bytes: 5000 })).toBe(large);
    }
  });
});

describe('a server that does not give it', () => {
  test.each([
    [404, 'MYCEL_CONFIG'],
    [401, 'MYCEL_CONFIG'],
    [204, 'MYCEL_CONFIG'],
    [429, 'MYCEL_CONFIG_UNAVAILABLE'],
    [503, 'MYCEL_CONFIG_UNAVAILABLE'],
  ])('and answers %i: %s', async (status, code) => {
    expect(await failureOf(await serveText('', {}, status))).toMatchObject({
      code,
      message: expect.stringContaining(`the server answered ${status}`) as string,
    });
  });

  test('and is not there', async () => {
    const [port = 0] = await freePorts(1);
    expect(await failureOf(`http://u:hunter2@127.0.0.1:${port}/c?key=hunter2`)).toMatchObject({
      code: 'MYCEL_CONFIG_UNAVAILABLE',
      message: `the configuration at http://127.0.0.1:${port}/c?... cannot be read: connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  test.each([
    ['never answers', () => {}],
    ['stops in the middle', (_request: IncomingMessage, response: ServerResponse) => void response.write('a: 1\n')],
  ])('and %s is given up after a while', async (_what, listener) => {
    const failure = await failureOf(await serve(listener), { timeMs: 50 });
    expect(failure).toBeInstanceOf(ConfigUnavailableError);
    expect(failure).toMatchObject({ message: expect.stringContaining('no answer within 0.05 s') as string });
  });

  test('and breaks off', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('a: 1\n', () => response.destroy());
    });
    expect(await failureOf(url)).toMatchObject({ code: 'MYCEL_CONFIG_UNAVAILABLE' });
  });

  test('as its URL is none', async () => {
    expect(await failureOf('http://[')).toMatchObject({ code: 'MYCEL_CONFIG' });
  });
});

describe('redirects', () => {
  const redirect = (to: string): Promise<string> => serveText('', { location: to }, 302);

  test('are followed, but not for ever', async () => {
    const url = await serve(({ url: path = '/0' }, response) => {
      const step = Number(path.slice(1));
      if (step === 6) response.end('a: 1');
      else response.writeHead(307, { location: `/${step + 1}` }).end();
    });
    expect(await fetchConfigText(`${url}/1`)).toBe('a: 1');
    expect(await failureOf(`${url}/0`)).toMatchObject({ message: `${url}/0: redirects more than 5 times` });
  });

  test('lead to web servers only', async () => {
    const url = await redirect('file:///etc/passwd');
    expect(await failureOf(url)).toMatchObject({ message: expect.stringContaining('which is not followed') as string });
  });

  test('do not lead from https to http', async () => {
    const answer = new Response(null, { status: 302, headers: { location: 'http://127.0.0.1/c' } });
    vi.stubGlobal('fetch', async () => answer); // A server with a certificate would say no more.
    onTestFinished(() => void vi.unstubAllGlobals());
    expect(await failureOf('https://h/c')).toMatchObject({
      message: 'https://h/c: redirects to http://127.0.0.1/c, which is not followed',
    });
  });

  test('to another server do not take the password along', async () => {
    const seen: (string | undefined)[] = [];
    const note: RequestListener = ({ headers }, response) => {
      seen.push(headers.authorization);
      response.end('a: 1');
    };
    const other = await serve(note);
    const start = (await redirect(`${other}/c`)).replace('//', '//user:p%40ss@');
    expect(await fetchConfigText(start)).toBe('a: 1');
    expect(await fetchConfigText(other.replace('//', '//user:p%40ss@'))).toBe('a: 1');
    expect(seen).toEqual([undefined, `Basic ${Buffer.from('user:p@ss').toString('base64')}`]);
  });
});

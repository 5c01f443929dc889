import { test } from 'vitest';
import { helloTs, MycelProcess, project } from '../support/mycel-process.ts';

test('a signal to npm, whose shell passes none on, stops the services all the same', async () => {
  const folder = project({ 'services.ts': helloTs });
  const args = ['run', '--define', 'web.address=127.0.0.1:0', '--log-format', 'json', 'services.ts'];
  const shell = new MycelProcess(args, folder, { npm_lifecycle_event: 'start' }, true);
  await shell.until(/"msg":"started hello"/);
  shell.signal('SIGTERM');
  await shell.until(/"msg":"SIGTERM: stopping[^]*"msg":"stopped"/);
});

import { expect, test } from 'vitest';
import { MycelProcess, helloTs, project, startServices } from '../support/mycel-process.ts';

test('a process with a web server tells there how it is, without being asked to', async () => {
  const { mycel, url } = await startServices(['hello.ts'], project({ 'hello.ts': helloTs }));
  for (const question of ['live', 'startup', 'ready']) {
    const response = await fetch(`${url}/health/${question}`);
    expect([response.status, await response.json()]).toMatchObject([200, { ok: true, state: 'running' }]);
  }
  // What it serves for itself is none of its entrypoints.
  expect(mycel.stdout).not.toContain('/health');
  mycel.signal('SIGTERM');
  expect(await mycel.exit).toBe(0);
});

test('mistakes in the options are told with all others, by name', async () => {
  const options = ['health.address=nowhere', 'health.path=health', 'health.timeout=0', 'health.detail=false'];
  const defined = options.flatMap((option) => ['--define', option]);
  const mycel = new MycelProcess(['run', ...defined, 'hello.ts'], project({ 'hello.ts': helloTs }));
  expect(await mycel.exit).toBe(78);
  expect(mycel.stderr).toMatch(/health\.address: expected '\[host:\]port'/);
  expect(mycel.stderr).toMatch(/health\.path: expected a path such as '\/health'/);
  expect(mycel.stderr).toMatch(/health\.timeout: expected more than 0/);
  expect(mycel.stderr).toMatch(/health\.detail: no such option \(did you mean 'details'\?\)/);
});

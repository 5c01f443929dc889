import { expect, test } from 'vitest';
import { combinedHealth, type HealthReport } from './health-report.ts';

const open: HealthReport = { ready: true, state: 'open', since: new Date(0) };
const lost: HealthReport = { ready: false, state: 'lost', reason: 'cut', since: new Date(1) };
const preparing: HealthReport = { ready: false, state: 'preparing' };

test('what is made of parts is ready if all of them are, in the state of the first', () => {
  const parts = { connection: open, replies: { ready: true, state: 'ready' } };
  expect(combinedHealth(parts)).toEqual({ ...open, parts });
});

test('what is made of parts takes state and reason from the first that is not ready, and names the others', () => {
  const parts = { connection: open, replies: lost, publishing: preparing };
  const reason = 'replies: cut (also not ready: publishing)';
  expect(combinedHealth(parts)).toEqual({ ready: false, state: 'lost', reason, since: new Date(1), parts });
  expect(combinedHealth({ publishing: preparing })).toMatchObject({ reason: 'publishing: preparing' });
});

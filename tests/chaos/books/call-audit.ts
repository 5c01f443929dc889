import type { AuditRules, Finding } from './finding.ts';
import type { CallPage } from './pages.ts';

/** The outcomes that a call may have when anything may break, besides `ok`. */
const honestOutcomes: ReadonlySet<string> = new Set([
  'MYCEL_CALL_TIMEOUT',
  'MYCEL_CALL_CANCELLED',
  'MYCEL_DISCONNECTED',
  'MYCEL_UNKNOWN_SERVICE',
  'MYCEL_CALLEE_CRASHED',
  'declared',
]);

/** Says what does not balance of one call. */
export function callFindings(call: CallPage, rules: AuditRules): Finding[] {
  const { id, method, outcome, settledAt, startedAt, timeoutMs, runs, mostRuns = Infinity } = call;
  const name = `${id} (${method})`;
  if (outcome === undefined || settledAt === undefined) return [{ kind: 'call', text: `${name} was never settled` }];
  const found: Finding[] = [];
  const wrong = (text: string): void => void found.push({ kind: 'call', text: `${name} ${text}` });
  const tookMs = settledAt - startedAt;
  if (tookMs > timeoutMs + rules.slackMs)
    wrong(`was settled after ${Math.round(tookMs)} ms, its limit was ${timeoutMs}`);
  if (outcome !== 'ok' && !honestOutcomes.has(outcome)) wrong(`ended with ${outcome}`);
  if ((outcome === 'ok' || outcome === 'declared') && runs.length === 0) wrong('was answered, but never ran');
  if (outcome === 'MYCEL_CALL_CANCELLED' && !call.mayBeCancelled) wrong('was cancelled by nobody');
  if (runs.length > mostRuns) wrong(`ran ${runs.length} times, and may run ${mostRuns} times`);
  if (!call.isIdempotent && runs.filter((isFlagged) => !isFlagged).length > 1)
    wrong(`ran ${runs.length} times without a flag`);
  return found;
}

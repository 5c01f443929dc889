// The services of the workload for `mycel run`: they tell their parent what they do, a line each on standard output.
import { makeServices } from '../workload/services.ts';
import { FailureCounts, type WorkNotes } from '../workload/work-notes.ts';
import { encodeReport, type WorkReport } from './work-report.ts';

const failures = new FailureCounts();
const tell = (report: WorkReport): void => void process.stdout.write(`${encodeReport(report)}\n`);

const notes: WorkNotes = {
  workMs: () => Math.random() * 20,
  began: (handler, id, delivery) => {
    const { redelivered = false, attempt = 1, replayOf, messageId } = delivery ?? {};
    tell({ kind: 'began', handler, id, arrival: { redelivered, failures: attempt - 1, replayOf, messageId } });
  },
  failureOf: (handler, payload) => failures.next(handler, payload),
  handled: (handler, id) => tell({ kind: 'handled', handler, id, at: performance.timeOrigin + performance.now() }),
  ran: (id) => tell({ kind: 'ran', id }),
  die: () => process.kill(process.pid, 'SIGKILL'),
};

export const [Billing, Stock, Frail, Lab, MathService] = makeServices(notes);

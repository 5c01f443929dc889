import type { HealthReport } from '../foundation/health-report.ts';

/** A consumer that is attached to the broker, through reconnects, until it is ended. */
export interface Subscription {
  /** Takes no further message; those being handled go on and can still be settled. Idempotent. */
  stop(): Promise<void>;
  /** Lets go of the rest: what was not settled goes back to the broker. Idempotent; never rejects. */
  close(): Promise<void>;
  /** Tells whether it is attached to the broker. Absent from a transport that does not know: it is then taken to be. */
  health?(): HealthReport;
}

/** Something that the books do not balance for. */
export interface Finding {
  readonly kind: 'lost' | 'wrong end' | 'unflagged repeat' | 'message id' | 'order' | 'call' | 'surprise';
  readonly text: string;
}

export interface AuditRules {
  /** How much later than its deadline a call may be settled: what timers and the scheduler take. */
  readonly slackMs: number;
  /** Events may come as poison, since those who take them are killed. @default false */
  readonly allowsPoison?: boolean;
}

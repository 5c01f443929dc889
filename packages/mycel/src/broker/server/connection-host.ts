import type { Socket } from 'node:net';
import type { Logger } from '../../foundation/logger.ts';
import type { BrokerEngine } from '../engine/broker-engine.ts';
import type { Users } from './authenticate.ts';
import type { PartialBudget } from './partial-budget.ts';
import type { QuietWarnings } from './quiet-warnings.ts';
import type { ServerLimits } from './server-limits.ts';
import type { UnsentBudget } from './unsent-budget.ts';

/** What connections share. */
export interface ConnectionHost {
  readonly engine: BrokerEngine;
  readonly users: Users;
  readonly limits: ServerLimits;
  readonly instance: string;
  readonly partials: PartialBudget;
  readonly unsent: UnsentBudget;
  readonly logger: Logger;
  /** For what clients do wrong. */
  readonly warnings: QuietWarnings;
  /** The connection was opened: it is no newcomer any more. */
  opened(socket: Socket): void;
}

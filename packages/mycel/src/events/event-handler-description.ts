import { jsonSchemaOf } from '../foundation/json-schema.ts';
import type { Schema } from '../foundation/schema.ts';
import type { ResolvedEventHandlerOptions } from './event-handler-options.ts';

/** Which events a handler takes. */
export interface HandledEvent {
  readonly source: string;
  /** May contain topic wildcards. */
  readonly type: string;
  readonly schema?: Schema | undefined;
}

/** Says for the manifest which events a handler takes, and what it says itself of how. */
export function describeHandler(
  { source, type, schema }: HandledEvent,
  { mode, reliable, onError, retry, orderBy, concurrency }: ResolvedEventHandlerOptions,
): Record<string, unknown> {
  const { attempts, delaysMs } = retry;
  const payload = schema && jsonSchemaOf(schema, 'input');
  return {
    source,
    type,
    mode,
    reliable,
    ...(onError === undefined ? {} : { onError }),
    ...(attempts === undefined && delaysMs === undefined ? {} : { retry: { attempts, delaysMs } }),
    ...(orderBy ? { ordered: true } : {}),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(payload ? { payload } : {}),
  };
}

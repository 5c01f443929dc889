import { workerContext } from '../../packages/mycel/src/core/context-dependencies.ts';
import { declareEntrypoint, type EntrypointDecorator } from '../../packages/mycel/src/core/declaration.ts';
import { defineService } from '../../packages/mycel/src/core/service.ts';
import { EventHandlerEntrypoint } from '../../packages/mycel/src/events/event-handler-entrypoint.ts';
import type { EventHandlerOptions } from '../../packages/mycel/src/events/event-handler-options.ts';
import type { Schema } from '../../packages/mycel/src/foundation/schema.ts';
import { ManualClock } from './manual-clock.ts';
import { NamedGates } from './named-gates.ts';
import { type ScriptedEvents, type ScriptedEventsOptions, startScripted } from './scripted-events.ts';
import { Steps } from './steps.ts';

/** A handler that keeps the order of names with the same first letter, and waits at the gate of each name. */
export class OrderedLedger extends NamedGates {
  readonly steps = new Steps();
  readonly clock = new ManualClock();

  /** The class of the service. Its method `on` notes `name began`, with the attempt if it is not the first, and `name ended`. */
  serviceClass(): new () => { on(name: string): Promise<void> } {
    const { steps, gate } = this;
    return class Ledger {
      context = workerContext();

      async on(name: string): Promise<void> {
        const attempt = this.context.delivery?.attempt ?? 0;
        steps.note(`${name} began${attempt > 1 ? ` ${attempt}` : ''}`);
        await gate(name).promise;
        steps.note(`${name} ended`);
      }
    };
  }

  /** Declares the handler: three attempts, 10 s from one to the next. */
  handler(options: EventHandlerOptions<string> = {}, schema?: Schema): EntrypointDecorator {
    const { clock } = this;
    const retry = { delays: ['10s'], jitter: 0, attempts: 3 } as const;
    const handling = { orderBy: (name: string) => name.charAt(0), retry, ...options };
    const event = { source: 's', type: 't', schema };
    return declareEntrypoint('event', () => new EventHandlerEntrypoint(event, handling, { clock, random: () => 0 }));
  }

  readonly start = (
    options: EventHandlerOptions<string> = {},
    { schema, ...scripted }: ScriptedEventsOptions & { readonly schema?: Schema } = {},
  ): Promise<ScriptedEvents> => {
    const on = this.handler(options, schema);
    return startScripted([defineService(this.serviceClass(), 'ledger', { on })], scripted);
  };
}

import {
  defineEvent,
  eventHandler,
  remoteError,
  RetryLater,
  rpc,
  service,
  type ServiceClass,
  type WorkerDelivery,
  workerContext,
} from 'mycel';
import { z } from 'zod';
import { attempts, type EventPayload, poisonAfter, retryDelays, source } from './names.ts';
import { pause } from './pause.ts';
import type { WorkNotes } from './work-notes.ts';

const failures = z.record(z.string(), z.union([z.number(), z.literal('later')]));
const Sold = defineEvent(
  source,
  'sold',
  z.object({ id: z.string(), key: z.string(), failures, amount: z.number().positive() }),
);

/** Handlers die with their instances often enough here to pass for poison by the usual measure. */
const handling = { retry: { attempts, delays: retryDelays }, poisonAfter: 1000 };

/** What a method of the workload declares. */
export class Refused extends remoteError('chaos.Refused') {}

/** The services of the workload: two that handle the same events, one whose queue may be deleted, one that events may end, one that is called. */
export function makeServices(notes: WorkNotes): ServiceClass[] {
  return [billing(notes), stock(notes), frail(notes), lab(notes), math(notes)];
}

async function handle(
  notes: WorkNotes,
  handler: string,
  payload: EventPayload,
  delivery: WorkerDelivery | undefined,
): Promise<void> {
  notes.began(handler, payload.id, delivery);
  if (payload.isLethal) return end(notes);
  await pause(notes.workMs());
  const failure = notes.failureOf(handler, payload);
  if (failure === 'later') throw new RetryLater({ delay: '400ms' });
  if (failure === 'error') throw new Error(`planned to fail on ${payload.id}`);
  notes.handled(handler, payload.id);
}

/** Ends its process, so that nothing comes of it. */
async function end(notes: WorkNotes): Promise<never> {
  notes.die();
  return new Promise<never>(() => {});
}

function billing(notes: WorkNotes): ServiceClass {
  @service('billing')
  class Billing {
    context = workerContext();

    // Slower than they come at times, so that some wait, and go back when it stops.
    @eventHandler(Sold, { ...handling, prefetch: 20, concurrency: 1 }) async onSold(
      payload: EventPayload,
    ): Promise<void> {
      await handle(notes, 'billing.onSold', payload, this.context.delivery);
    }
  }
  return Billing;
}

function stock(notes: WorkNotes): ServiceClass {
  @service('stock')
  class Stock {
    context = workerContext();

    @eventHandler(source, 'sold', handling) async onSold(payload: EventPayload): Promise<void> {
      await handle(notes, 'stock.onSold', payload, this.context.delivery);
    }
    @eventHandler(source, 'moved', { ...handling, orderBy: ({ key }: EventPayload) => key }) async onMoved(
      payload: EventPayload,
    ): Promise<void> {
      await handle(notes, 'stock.onMoved', payload, this.context.delivery);
    }
  }
  return Stock;
}

function frail(notes: WorkNotes): ServiceClass {
  @service('frail')
  class Frail {
    context = workerContext();

    @eventHandler(source, 'frail', handling) async onFrail(payload: EventPayload): Promise<void> {
      await handle(notes, 'frail.onFrail', payload, this.context.delivery);
    }
  }
  return Frail;
}

function lab(notes: WorkNotes): ServiceClass {
  @service('lab')
  class Lab {
    context = workerContext();

    @eventHandler(source, 'risky', { ...handling, poisonAfter }) async onRisky(payload: EventPayload): Promise<void> {
      await handle(notes, 'lab.onRisky', payload, this.context.delivery);
    }
  }
  return Lab;
}

function math(notes: WorkNotes): ServiceClass {
  @service('math')
  class MathService {
    context = workerContext();

    @rpc async double(callId: string, value: number): Promise<number> {
      notes.ran(callId);
      await pause(notes.workMs());
      return 2 * value;
    }
    @rpc async hold(callId: string, value: number, ms: number): Promise<number> {
      notes.ran(callId);
      await pause(ms, this.context.signal);
      return 2 * value;
    }
    @rpc({ atMostOnce: true }) async charge(callId: string, value: number): Promise<number> {
      return this.double(callId, value);
    }
    @rpc async fatal(callId: string): Promise<number> {
      notes.ran(callId);
      return end(notes);
    }
    @rpc({ throws: [Refused] }) refuse(callId: string): never {
      notes.ran(callId);
      throw new Refused('as planned');
    }
  }
  return MathService;
}

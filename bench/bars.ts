import type { CancelTimes } from './cancelling.ts';
import type { Footprint } from './footprint.ts';
import { healedMs, type Healing } from './healing/healing.ts';
import type { MessageRates } from './message-rates.ts';
import type { Summary } from './rounds.ts';
import type { Stall } from './stalled/stalled.ts';

/** A figure that Mycel is held to. */
export interface Bar {
  readonly what: string;
  readonly limit: number;
  readonly isCeiling: boolean;
}

export interface BarResult extends Bar {
  /** Undefined when this run did not measure it. */
  readonly measured: number | undefined;
  readonly passed: boolean | undefined;
}

/** What a run found. */
export interface Findings {
  readonly summaries: readonly Summary[];
  readonly footprints: readonly Footprint[];
  readonly messages: MessageRates | undefined;
  readonly healings: readonly Healing[];
  readonly cancels: CancelTimes | undefined;
  readonly stalls: readonly Stall[];
}

interface MeasuredBar extends Bar {
  readonly measure: (findings: Findings) => number | undefined;
}

const bars: readonly MeasuredBar[] = [
  {
    what: 'bare client, calls per second at 50 in flight, to amqplib',
    limit: 1.15,
    isCeiling: false,
    measure: rate('bare'),
  },
  {
    what: 'mycel, calls per second at 50 in flight, to amqplib',
    limit: 0.9,
    isCeiling: false,
    measure: rate('mycel'),
  },
  {
    what: 'mycel in a worker, calls per second at 50 in flight, to amqplib',
    limit: 0.9,
    isCeiling: false,
    measure: rate('mycel worker'),
  },
  {
    what: 'mycel, median latency of sequential calls, to amqplib',
    limit: 1.25,
    isCeiling: true,
    measure: latency('mycel'),
  },
  {
    what: 'mycel in a worker, median latency of sequential calls, to amqplib',
    limit: 1.25,
    isCeiling: true,
    measure: latency('mycel worker'),
  },
  {
    what: 'mycel, events per second in a quorum queue, to amqplib',
    limit: 1,
    isCeiling: false,
    measure: events('quorum'),
  },
  {
    what: 'mycel, events per second in a classic queue, to amqplib',
    limit: 1,
    isCeiling: false,
    measure: events('classic'),
  },
  {
    what: 'mycel, calls per second at 50 in flight, to nestjs with acks',
    limit: 1.5,
    isCeiling: false,
    measure: toPeer('nestjs, acks'),
  },
  {
    what: 'mycel, calls per second at 50 in flight, to golevelup as shipped',
    limit: 1.5,
    isCeiling: false,
    measure: toPeer('golevelup'),
  },
  {
    what: 'mycel on the embedded broker, calls per second at 50 in flight, to RabbitMQ',
    limit: 1,
    isCeiling: false,
    measure: onEmbeddedBroker('broker, rpc', 'mycel on the embedded broker'),
  },
  {
    what: 'amqplib on the embedded broker, calls per second at 50 in flight, to RabbitMQ',
    limit: 1,
    isCeiling: false,
    measure: onEmbeddedBroker('broker, direct reply-to', 'amqplib on the embedded broker'),
  },
  {
    what: 'messages per second on the engine, to the embedded broker over TCP',
    limit: 5,
    isCeiling: false,
    measure: ({ messages }) => messages?.engineToTcp,
  },
  {
    what: 'time of a message among 100,000, to one among 10,000',
    limit: 2,
    isCeiling: true,
    measure: ({ messages }) => messages?.growth,
  },
  {
    what: 'memory of an idle service, MiB',
    limit: 80,
    isCeiling: true,
    measure: (findings) => mycelRun(findings)?.memoryMiB,
  },
  {
    what: 'ready after start, seconds',
    limit: 0.6,
    isCeiling: true,
    measure: (findings) => mycelRun(findings)?.readySeconds,
  },
  {
    what: 'the slowest healing, from the end of its cause until events and calls go through, seconds',
    limit: 2,
    isCeiling: true,
    measure: ({ healings }) => worst(healings.map((healing) => healedMs(healing) / 1000)),
  },
  {
    what: 'the slowest cancellation of a call, to the callee, ms',
    limit: 100,
    isCeiling: true,
    measure: ({ cancels }) => cancels?.worst,
  },
  {
    what: 'most memory that a broker which stands still costs a publisher, of what its settings allow',
    limit: 1,
    isCeiling: true,
    measure: ({ stalls }) => worst(stalls.map(({ peakMiB, beforeMiB, boundMiB }) => (peakMiB - beforeMiB) / boundMiB)),
  },
  {
    what: 'heap that is left when the broker has gone on and all is done, MiB',
    limit: 5,
    isCeiling: true,
    measure: ({ stalls }) => worst(stalls.map(({ leftHeapMiB }) => leftHeapMiB)),
  },
];

function worst(values: readonly number[]): number | undefined {
  return values.length > 0 ? Math.max(...values) : undefined;
}

/** Holds the findings against the bars. */
export function checkBars(findings: Findings): BarResult[] {
  return bars.map(({ what, limit, isCeiling, measure }) => {
    const measured = measure(findings);
    const passed = measured === undefined ? undefined : isCeiling ? measured <= limit : measured >= limit;
    return { what, limit, isCeiling, measured, passed };
  });
}

function rate(contender: string): MeasuredBar['measure'] {
  return ({ summaries }) => rpcSummary(summaries, contender, 50)?.figures.rate.ratio.median;
}

function onEmbeddedBroker(scenario: string, contender: string): MeasuredBar['measure'] {
  return ({ summaries }) =>
    summaries.find(
      (summary) => summary.scenario === scenario && summary.contender === contender && summary.inFlight === 50,
    )?.figures.rate.ratio.median;
}

function events(queueType: string): MeasuredBar['measure'] {
  return ({ summaries }) =>
    summaries.find(
      ({ scenario, contender, inFlight }) =>
        scenario === `events, ${queueType} queue` && contender === 'mycel' && inFlight === 100,
    )?.figures.rate.ratio.median;
}

function toPeer(peer: string): MeasuredBar['measure'] {
  return ({ summaries }) => {
    const found = summaries.find(
      ({ scenario, contender, inFlight }) => scenario === 'peers, rpc' && contender === peer && inFlight === 50,
    );
    return found?.rateToOther && 1 / found.rateToOther.median;
  };
}

function latency(contender: string): MeasuredBar['measure'] {
  return ({ summaries }) => rpcSummary(summaries, contender, 1)?.figures.p50Ms.ratio.median;
}

function rpcSummary(summaries: readonly Summary[], contender: string, inFlight: number): Summary | undefined {
  return summaries.find(
    (summary) => summary.scenario === 'rpc' && summary.contender === contender && summary.inFlight === inFlight,
  );
}

function mycelRun({ footprints }: Findings): Footprint | undefined {
  return footprints.find(({ program }) => program === 'mycel run');
}

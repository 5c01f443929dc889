import type { LoadOptions, LoadResult, TrialOptions, TrialResult } from './load.ts';

/** What a child is started with, as the JSON of its first argument. */
export interface ChildSettings {
  readonly uri: string;
  /** Unique to this contender in this run: the names of its queues, exchanges and services are made of it. */
  readonly id: string;
  readonly queueType: 'classic' | 'quorum';
  /** Deliveries a consumer may hold unacknowledged, and Mycel's `maxWorkers`. */
  readonly prefetch: number;
  /** For a program that is more than one contender: which of them it is. */
  readonly variant: string;
}

/** What the benchmark asks of its children, and what they answer. */
export interface Commands {
  load: { ask: LoadOptions; answer: LoadResult };
  trial: { ask: TrialOptions; answer: TrialResult };
  /** CPU time of the process since it started. */
  cpu: { ask: undefined; answer: { seconds: number } };
  /** Answered once `count` events were handled since the last such command, with the time of the last. */
  handled: { ask: { count: number }; answer: { at: number } };
  stop: { ask: undefined; answer: undefined };
}

export type CommandName = keyof Commands;

export interface Question {
  readonly number: number;
  readonly name: CommandName;
  readonly ask: Commands[CommandName]['ask'];
}

/** A child says `ready` once, then answers each question by its number. */
export type ChildMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly number: number; readonly answer: Commands[CommandName]['answer'] }
  | { readonly kind: 'failure'; readonly number: number; readonly failure: string };

type Handlers = { [N in 'load' | 'trial' | 'handled']?: (ask: Commands[N]['ask']) => Promise<Commands[N]['answer']> };

export function readSettings(): ChildSettings {
  // Written by BenchProcess.
  return JSON.parse(process.argv[2] ?? '{}') as ChildSettings;
}

/** Tells the benchmark that this child is ready, and answers it until it says stop or is gone. */
export function serveCommands(handlers: Handlers, close: () => Promise<unknown>): void {
  const answerTo = async ({ name, ask }: Question): Promise<Commands[CommandName]['answer']> => {
    if (name === 'cpu') return cpuSeconds();
    if (name === 'stop') return void (await close());
    // The union of the questions holds the pairs of names and asks only together.
    const handler = handlers[name] as ((ask: unknown) => Promise<Commands[CommandName]['answer']>) | undefined;
    if (handler === undefined) throw new Error(`this child knows no command ${name}`);
    return handler(ask);
  };
  process.on('message', (question: Question) => {
    const { number } = question;
    answerTo(question).then(
      (answer) => send({ kind: 'answer', number, answer }, question.name === 'stop'),
      (error: unknown) =>
        send({ kind: 'failure', number, failure: error instanceof Error ? String(error.stack) : String(error) }),
    );
  });
  process.once('disconnect', () => process.exit(1));
  send({ kind: 'ready' });
}

/** Counts handled events, for the command `handled`. */
export class HandledEvents {
  #count = 0;
  #lastAt = 0;
  #awaited: { readonly count: number; readonly resolve: (answer: { at: number }) => void } | undefined;

  /** Counts one. */
  add(): void {
    this.#count += 1;
    this.#lastAt = Date.now();
    this.#settle();
  }

  readonly reached = ({ count }: { count: number }): Promise<{ at: number }> =>
    new Promise((resolve) => {
      this.#awaited = { count, resolve };
      this.#settle();
    });

  #settle(): void {
    if (this.#awaited === undefined || this.#count < this.#awaited.count) return;
    this.#awaited.resolve({ at: this.#lastAt });
    this.#awaited = undefined;
    this.#count = 0;
  }
}

function cpuSeconds(): { seconds: number } {
  const { user, system } = process.cpuUsage();
  return { seconds: (user + system) / 1e6 };
}

function send(message: ChildMessage, thenExit = false): void {
  process.send?.(message, undefined, undefined, () => {
    if (thenExit) process.exit(0);
  });
}

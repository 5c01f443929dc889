import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { moleculerNames, ownNames } from './names.ts';
import { deleteFromBroker } from './queue-state.ts';
import { spread } from './statistics.ts';

/** A program that is started, waited for, and left idle. */
export interface IdleProgram {
  readonly name: string;
  readonly arguments: readonly string[];
  /** What it prints once it is of use. */
  readonly readyText: RegExp;
}

/** What one program takes to start and to sit idle: medians. */
export interface Footprint {
  readonly program: string;
  /** From the start of the process to its word that it is ready. */
  readonly readySeconds: number;
  /** Resident set, idle, in MiB. */
  readonly memoryMiB: number;
}

export interface FootprintOptions {
  readonly uri: string;
  readonly starts: number;
  /** How long a program is left alone before its memory is read. */
  readonly idleSeconds: number;
}

const readyTimeoutMs = 30_000;
const serviceName = `bench_footprint_${randomBytes(4).toString('hex')}`;
const folder = join(import.meta.dirname, 'footprint');

/** Node alone, amqplib and Mycel. */
export const ownPrograms: readonly IdleProgram[] = [
  { name: 'node', arguments: [join(folder, 'hello.mjs')], readyText: /ready/ },
  { name: 'amqplib', arguments: [join(folder, 'amqplib-consumer.mjs')], readyText: /ready/ },
  {
    name: 'mycel run',
    arguments: [
      join(import.meta.dirname, '../packages/mycel/bin/mycel.js'),
      'run',
      join(folder, 'echo-service.mjs'),
      '--log-format=json',
    ],
    readyText: /started bench_/,
  },
];

/** The other frameworks, each with one handler of calls. */
export const peerPrograms: readonly IdleProgram[] = ['nestjs', 'golevelup', 'moleculer'].map((peer) => ({
  name: peer,
  arguments: [join(import.meta.dirname, 'peers', peer, 'idle-service.mjs')],
  readyText: /ready/,
}));

/** Starts each program several times, in turn, and measures it. */
export async function measureFootprints(
  programs: readonly IdleProgram[],
  options: FootprintOptions,
  progress: (text: string) => void,
): Promise<Footprint[]> {
  const measured = programs.map(() => ({ ready: [] as number[], memory: [] as number[] }));
  for (let round = 0; round < options.starts; round++) {
    progress(`start and memory: ${round + 1} of ${options.starts}`);
    const started: ChildProcess[] = [];
    try {
      for (const [index, program] of programs.entries()) {
        const { child, readySeconds } = await startProgram(program, options.uri, started);
        measured[index]?.ready.push(readySeconds);
        if (child.exitCode !== null) throw new Error(`${program.name} ended by itself`);
      }
      await delay(options.idleSeconds * 1000);
      for (const [index, child] of started.entries()) measured[index]?.memory.push(residentMiB(child));
    } finally {
      await Promise.all(started.map(endProgram));
    }
  }
  for (const program of ['', '_nestjs', '_golevelup']) {
    await deleteFromBroker(options.uri, ownNames(`${serviceName}${program}`, false));
  }
  await deleteFromBroker(options.uri, moleculerNames(`${serviceName}_moleculer`, false, false));
  return programs.map(({ name }, index) => ({
    program: name,
    readySeconds: spread(measured[index]?.ready ?? []).median,
    memoryMiB: spread(measured[index]?.memory ?? []).median,
  }));
}

async function startProgram(
  { name, arguments: args, readyText }: IdleProgram,
  uri: string,
  started: ChildProcess[],
): Promise<{ child: ChildProcess; readySeconds: number }> {
  const start = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, AMQP_URI: uri, BENCH_SERVICE: serviceName },
  });
  started.push(child);
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const fail = (what: string): void => reject(new Error(`${name} ${what}:\n${output}`));
    const timer = setTimeout(() => fail('was not ready in time'), readyTimeoutMs);
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (!readyText.test(output)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('close', () => {
      clearTimeout(timer);
      fail('ended before it was ready');
    });
  });
  return { child, readySeconds: (performance.now() - start) / 1000 };
}

async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const hurry = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(hurry);
}

/** Reads what Linux says is resident. */
function residentMiB({ pid }: ChildProcess): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) / 1024;
}

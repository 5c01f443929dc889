import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { answersAmqp } from './amqp-probe.ts';
import { freePorts } from '../../tests/support/free-ports.ts';
import { nodeEnvironment } from './node-environment.ts';

const run = promisify(execFile);

const startLimitMs = 90_000;

/** One RabbitMQ of a {@link PrivateCluster}. */
export interface ClusterNode {
  /** As RabbitMQ calls it: `mycel-1@localhost`. */
  readonly name: string;
  readonly uri: string;
  /** Runs `rabbitmqctl` on it. */
  control(...args: readonly string[]): Promise<string>;
  /** Says which node has what of the queues of a virtual host. */
  places(vhost: string): Promise<QueuePlaces[]>;
  /** Counts the connections to each node, by its name. */
  connections(): Promise<Map<string, number>>;
  /** Kills it on the spot, as a power cut does. */
  crash(): Promise<void>;
  /** Stops it in order, as an upgrade does: once no queue would be left without a majority. */
  stop(): Promise<void>;
  /** Starts it once more, with the data that it had; resolves when it answers. */
  startAgain(): Promise<void>;
  /** Lets it stand still, as a machine does that is out of memory or cut off: its sockets stay open. */
  suspend(): void;
  /** Lets it go on. */
  resume(): void;
}

/** Where the parts of a queue are. */
export interface QueuePlaces {
  readonly name: string;
  readonly type: string;
  /** The node that leads it, or the only one that has it; empty while there is none. */
  readonly leader: string;
  /** The nodes that have a copy of it. */
  readonly members: readonly string[];
}

/** Three RabbitMQs that are one broker, and that nobody else uses. Disposing it ends them. */
export interface PrivateCluster extends AsyncDisposable {
  readonly nodes: readonly ClusterNode[];
  /** Makes an empty virtual host; returns the URIs by which each node has it, parted by `;`. */
  makeVhost(name: string): Promise<string>;
}

/**
 * Starts three RabbitMQs on free ports and joins them. A node that is left without a majority pauses (`pause_minority`).
 * Each has one scheduler: three of them are to leave something of a small machine to those that test.
 */
export async function startPrivateCluster(script: string): Promise<PrivateCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'mycel-cluster-'));
  mkdirSync(join(folder, 'home'));
  const [epmd = 0, ...ports] = await freePorts(7);
  const mapper = spawn('epmd', ['-port', String(epmd), '-address', '127.0.0.1'], { stdio: 'ignore' });
  mapper.on('error', () => {});
  const nodes = [1, 2, 3].map((number) => {
    const [amqp = 0, distribution = 0] = ports.slice(2 * number - 2);
    return new PrivateNode(script, folder, { number, amqp, distribution, epmd });
  });
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.crash()));
    mapper.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    // The first one makes the secret that all share, and is there for the others to join.
    const [first, ...others] = nodes;
    await first?.startAgain();
    await Promise.all(others.map((node) => node.startAgain()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    nodes,
    makeVhost: async (name) => {
      await nodes[0]?.control('add_vhost', name);
      await nodes[0]?.control('set_permissions', '-p', name, 'guest', '.*', '.*', '.*');
      return nodes.map(({ uri }) => `${uri}/${encodeURIComponent(name)}`).join(';');
    },
    [Symbol.asyncDispose]: stop,
  };
}

interface NodePlace {
  readonly number: number;
  readonly amqp: number;
  readonly distribution: number;
  readonly epmd: number;
}

class PrivateNode implements ClusterNode {
  readonly name: string;
  readonly uri: string;
  readonly #script: string;
  readonly #port: number;
  readonly #pidFile: string;
  readonly #environment: NodeJS.ProcessEnv;
  #process: ChildProcess | undefined;

  constructor(script: string, home: string, place: NodePlace) {
    const folder = join(home, String(place.number));
    mkdirSync(folder);
    this.name = nameOf(place.number);
    this.uri = `amqp://guest:guest@127.0.0.1:${place.amqp}`;
    this.#script = script;
    this.#port = place.amqp;
    this.#pidFile = join(folder, 'pid');
    this.#environment = environmentOf(this.name, home, folder, place);
    const lines = [
      `listeners.tcp.1 = 127.0.0.1:${place.amqp}`,
      'cluster_partition_handling = pause_minority',
      'cluster_formation.peer_discovery_backend = classic_config',
      `cluster_formation.classic_config.nodes.1 = ${nameOf(1)}`,
    ];
    writeFileSync(join(folder, 'rabbitmq.conf'), `${lines.join('\n')}\n`);
    // As docs/guide/deploying.md has it: after the loss of a node retries would wait for three minutes now and then.
    const advanced = '[{rabbit, [{dead_letter_worker_publisher_confirm_timeout, 10000}]}].\n';
    writeFileSync(join(folder, 'advanced.config'), advanced);
    writeFileSync(join(folder, 'enabled_plugins'), '[].\n');
  }

  async control(...args: readonly string[]): Promise<string> {
    return this.#run('rabbitmqctl', args);
  }

  async places(vhost: string): Promise<QueuePlaces[]> {
    const columns = ['name', 'type', 'pid', 'leader', 'members'];
    const lines = await this.control('list_queues', '-p', vhost, '--no-table-headers', ...columns);
    return lines.split('\n').filter(Boolean).map(placesIn);
  }

  async connections(): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const pid of (await this.control('list_connections', '--no-table-headers', 'pid')).split('\n')) {
      const node = nodeOf(pid);
      if (node !== '') counts.set(node, (counts.get(node) ?? 0) + 1);
    }
    return counts;
  }

  async crash(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#run('rabbitmq-upgrade', ['await_online_quorum_plus_one', '--timeout', '60']);
    await this.#end('SIGTERM');
  }

  async startAgain(): Promise<void> {
    const started = spawn(this.#script, { env: this.#environment, stdio: 'ignore' });
    this.#process = started;
    for (const limit = Date.now() + startLimitMs; Date.now() < limit; await delay(100)) {
      if (started.exitCode !== null) throw new Error(`${this.name} ended at once, with exit code ${started.exitCode}`);
      if (await answersAmqp('127.0.0.1', this.#port)) return;
    }
    throw new Error(`${this.name} did not answer on port ${this.#port} within ${startLimitMs / 1000} s`);
  }

  suspend(): void {
    process.kill(this.#pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.#pid, 'SIGCONT');
  }

  async #run(tool: string, args: readonly string[]): Promise<string> {
    const options = { env: this.#environment, cwd: tmpdir(), timeout: 90_000 };
    return (await run(join(dirname(this.#script), tool), ['--quiet', ...args], options)).stdout;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    // The script does not hand signals on to the node that it has started.
    process.kill(this.#pid, signal);
    await ended;
  }

  get #pid(): number {
    return Number(readFileSync(this.#pidFile, 'utf8'));
  }
}

function nameOf(number: number): string {
  return `mycel-${number}@localhost`;
}

function environmentOf(name: string, home: string, folder: string, place: NodePlace): NodeJS.ProcessEnv {
  return {
    ...nodeEnvironment({ name, home: join(home, 'home'), folder, ports: place }),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 +sbwt none',
    ERL_CRASH_DUMP: join(folder, 'crash.dump'),
  };
}

/** Reads a line of `rabbitmqctl list_queues`; of a queue that is not replicated its process tells where it is. */
function placesIn(line: string): QueuePlaces {
  const [name = '', type = '', pid = '', leader = '', members = ''] = line.split('\t');
  if (members !== '') return { name, type, leader, members: members.replace(/[[\] ]/g, '').split(',') };
  return { name, type, leader: nodeOf(pid), members: [nodeOf(pid)] };
}

/** The node of a process: `<mycel-1@localhost.1795253030.1099.0>`. */
function nodeOf(pid: string): string {
  return /^<(.*)\.\d+\.\d+\.\d+>$/.exec(pid.trim())?.[1] ?? '';
}

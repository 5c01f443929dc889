import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const candidates = ['/usr/bin/python3', 'python3'];

/** A Python that has kombu, or `undefined`. In CI there has to be one. */
export const pythonWithKombu = candidates.find((python) => spawnSync(python, ['-c', 'import kombu']).status === 0);
if (!pythonWithKombu && process.env['CI'] === 'true')
  throw new Error('no python3 with kombu: apt-get install python3-kombu');

type Message = Readonly<Record<string, unknown>>;

/** A Python process that speaks as Nameko does; see nameko_peer.py for its commands. */
export class NamekoPeer implements Disposable {
  readonly #child: ChildProcess;
  readonly #messages: Message[] = [];
  #changed: () => void = () => {};

  constructor(uri: string) {
    const script = join(import.meta.dirname, 'nameko_peer.py');
    // kombu's AMQP transport is named pyamqp.
    this.#child = spawn(pythonWithKombu ?? 'python3', [script, uri.replace(/^amqp:/, 'pyamqp:')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    // Piped above, so it is there.
    this.#child.once('exit', () => this.#changed());
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.#messages.push(JSON.parse(line) as Message);
      this.#changed();
    });
  }

  /** Sends a command and resolves with the next answer that has the field `expected`. */
  async ask(command: Message, expected: string): Promise<Message> {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
    return this.next(expected);
  }

  /** Resolves with the next message that has the field `expected`. */
  async next(expected: string): Promise<Message> {
    for (;;) {
      const index = this.#messages.findIndex((message) => expected in message);
      const [message] = index >= 0 ? this.#messages.splice(index, 1) : [];
      if (message) return message;
      if (this.#child.exitCode !== null) throw new Error(`the Python peer ended with ${this.#child.exitCode}`);
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }

  /** The messages with the field `expected` that came and were not asked for yet. */
  arrived(expected: string): readonly Message[] {
    return this.#messages.filter((message) => expected in message);
  }

  /** Ends the process as a crash would: the broker learns of it from the closed socket. */
  crash(): void {
    this.#child.kill('SIGKILL');
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}

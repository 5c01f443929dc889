import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** A program on a terminal of its own, made by `script` of util-linux. */
export class Terminal {
  readonly #child;
  readonly #exited: Promise<unknown[]>;
  readonly #watchers = new Set<() => void>();
  #isOver = false;
  #seen = 0;
  #screen = '';

  constructor(command: readonly string[], cwd: string, env: Readonly<Record<string, string>>) {
    const quoted = command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
    // Without a shell in between, which would take the exit code of an interrupt for its own.
    this.#child = spawn('script', ['-qec', `exec ${quoted}`, '/dev/null'], { cwd, env, stdio: 'pipe' });
    this.#exited = once(this.#child, 'close');
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#screen += text;
      this.#changed();
    });
    void this.#exited.then(() => {
      this.#isOver = true;
      this.#changed();
    });
    onTestFinished(async () => {
      this.#child.kill('SIGKILL');
      await this.#exited;
    });
  }

  /** Resolves with the exit code of the program. */
  get exit(): Promise<unknown> {
    return this.#exited.then(([code]) => code);
  }

  /** Types keys as they are: a line ends with a return, `\t` is the tabulator, `\x03` is ctrl-c. */
  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  /** Resolves with the match once it shows behind the last match; rejects with what does show if the program ends, or is late. */
  async shows(pattern: RegExp, timeoutMs = 80_000): Promise<RegExpExecArray> {
    const late = setTimeout(() => {
      this.#isOver = true;
      this.#changed();
    }, timeoutMs);
    try {
      return await this.#shows(pattern);
    } finally {
      clearTimeout(late);
    }
  }

  async #shows(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(plain(this.#screen.slice(this.#seen)));
      if (match) {
        this.#seen = this.#screen.length;
        return match;
      }
      if (this.#isOver) throw new Error(`does not show ${String(pattern)}:\n${plain(this.#screen)}`);
      await new Promise<void>((changed) => {
        this.#watchers.add(changed);
      });
    }
  }

  #changed(): void {
    for (const changed of this.#watchers) changed();
    this.#watchers.clear();
  }
}

/** Text without what moves the cursor and colours. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is to go
  return text.replaceAll(/\x1b\[[0-9;?]*[A-Za-z]|\r/g, '');
}

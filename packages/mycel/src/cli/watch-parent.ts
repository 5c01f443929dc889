import { register } from 'node:module';
import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { watchedVariable } from './life-line.ts';
import type { WatchMessage } from './watched-child.ts';

/** Notes where every import leads, or would have led: what is missing may be about to be written. */
const noting = `
  let port;
  export async function initialize(data) { port = data.port; }
  export async function resolve(specifier, context, next) {
    try {
      const resolved = await next(specifier, context);
      port.postMessage(resolved.url);
      return resolved;
    } catch (error) {
      if (/^[.][.]?[/]/.test(specifier) && context.parentURL) port.postMessage(new URL(specifier, context.parentURL).href);
      throw error;
    }
  }`;

const own = dirname(dirname(fileURLToPath(import.meta.url))) + sep;

/** The process that watches this one, for `mycel run --watch`. */
export class WatchParent {
  readonly #port = new MessageChannel();

  private constructor() {}

  /** Finds the parent; `undefined` if nobody watches this process. */
  static find(): WatchParent | undefined {
    return process.env[watchedVariable] && process.send ? new WatchParent() : undefined;
  }

  /** Waits until it is this process's turn, then notes what is imported. */
  async turn(): Promise<void> {
    // Loaded while there is time; most modules are TypeScript.
    await import('tsx/esm/api');
    await new Promise<void>((go) => {
      process.on('message', (message: WatchMessage) => {
        if (message.mycel === 'go') go();
      });
    });
    const { port1, port2 } = this.#port;
    port1.unref();
    register(`data:text/javascript,${encodeURIComponent(noting)}`, { data: { port: port2 }, transferList: [port2] });
  }

  /** Tells the parent which files to watch. Resolves when it has been sent, as this process may be about to end. */
  async tellLoaded(): Promise<void> {
    const message: WatchMessage = { mycel: 'loaded', files: [...this.#noted()] };
    await new Promise<void>((sent) => {
      process.send?.(message, undefined, undefined, () => sent());
    });
  }

  #noted(): Set<string> {
    const files = new Set<string>();
    for (;;) {
      const received: { readonly message: string } | undefined = receiveMessageOnPort(this.#port.port1);
      if (!received) return files;
      if (!received.message.startsWith('file:')) continue;
      const file = fileURLToPath(received.message);
      if (!file.includes(`${sep}node_modules${sep}`) && !file.startsWith(own)) files.add(file);
    }
  }
}

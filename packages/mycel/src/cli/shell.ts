import { inspect } from 'node:util';
import { text } from 'node:stream/consumers';
import { builtInSections } from '../app/assembly.ts';
import type { Config } from '../foundation/config-section.ts';
import { maskSecrets } from '../foundation/mask-secrets.ts';
import { describeError } from './call-failure.ts';
import type { ContextCommandOptions } from './client-options.ts';
import { exitCode } from './exit-codes.ts';
import { openClient } from './open-client.ts';
import { ShellScope } from './shell-scope.ts';
import type { Script } from './shell-script.ts';

/** The options of `mycel shell`, as commander gives them. */
export interface ShellOptions extends ContextCommandOptions {
  readonly eval?: string;
}

/** `mycel shell`: a prompt on a terminal, otherwise a script. */
export async function shell(file: string | undefined, options: ShellOptions): Promise<number> {
  const isPrompt = file === undefined && options.eval === undefined && process.stdin.isTTY;
  const script = isPrompt ? undefined : await findScript(file, options.eval);
  const context = { ...options.context };
  // Services may be started after the prompt, and find it; a script asks those that run.
  const { client, config, target } = await openClient(options, context, { mayHost: isPrompt });
  try {
    const scope = new ShellScope(client, { context, config: effective(config) });
    // The prompt's own scope is the global one, and a script has it as well.
    Object.assign(globalThis, { n: scope.names });
    if (script) return await runToEnd(script, scope);
    const { runPrompt } = await import('./shell-prompt.ts');
    await runPrompt(scope, { target, input: process.stdin, output: process.stdout });
    return exitCode.ok;
  } finally {
    await client.close();
  }
}

async function findScript(file: string | undefined, code: string | undefined): Promise<Script> {
  const { looseScript, readScript } = await import('./shell-script.ts');
  if (code !== undefined) return looseScript(code, 'eval');
  return file === undefined ? looseScript(await text(process.stdin), 'stdin') : readScript(file);
}

/** Runs a script, and waits for the calls that it did not wait for: one that fails is a failure of the script. */
async function runToEnd(script: Script, scope: ShellScope): Promise<number> {
  const failures: unknown[] = [];
  process.on('unhandledRejection', (error) => void failures.push(error));
  const { runScript } = await import('./shell-script.ts');
  try {
    const value = await runScript(script);
    if (value !== undefined) process.stdout.write(`${inspect(value, { depth: 8 })}\n`);
    await scope.settled();
    // A rejection counts as unhandled once the turn in which it happened is over.
    await new Promise((resolve) => setImmediate(resolve));
  } catch (error) {
    failures.push(error);
  }
  for (const error of failures) process.stderr.write(`mycel: ${describeError(error)}\n`);
  return failures.length > 0 ? exitCode.failed : exitCode.ok;
}

/** The options of Mycel's own sections, as `mycel config show` prints them. */
function effective(config: Config): unknown {
  const sections = builtInSections.map((section): [string, unknown] => [section.key, config.section(section)]);
  const own = sections.flatMap(([key, values]) => (key ? [[key, values] as const] : Object.entries(values ?? {})));
  return maskSecrets(Object.fromEntries(own));
}

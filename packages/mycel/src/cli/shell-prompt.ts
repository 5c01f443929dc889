import { once } from 'node:events';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AsyncCompleter } from 'node:readline';
import { type REPLServer, Recoverable, type REPLEval, start, writer } from 'node:repl';
import { inspect } from 'node:util';
import { isThenable } from '../foundation/awaitable.ts';
import { wantsColour } from '../foundation/colour.ts';
import { describeError } from './call-failure.ts';
import { describeListing } from './services.ts';
import { type Completion, completeNames } from './shell-completion.ts';
import { explainSyntax, readInput } from './shell-input.ts';
import type { ShellScope } from './shell-scope.ts';

/** Where a prompt is shown. */
export interface PromptOptions {
  /** Where the broker is. */
  readonly target: string;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/** Shows a prompt, and resolves when it is left. */
export async function runPrompt(scope: ShellScope, { target, input, output }: PromptOptions): Promise<void> {
  output.write(await banner(scope, target));
  const useColors = wantsColour(output.isTTY);
  // What is thrown is shown in one line, however long it is.
  (writer as typeof writer & { options: { breakLength: number } }).options.breakLength = Infinity;
  const server = start({
    prompt: '> ',
    input,
    output,
    useColors,
    useGlobal: true,
    ignoreUndefined: true,
    // Would call services while one still types.
    preview: false,
    breakEvalOnSigint: true,
    writer: (value: unknown) =>
      value instanceof Error ? describeError(value) : inspect(value, { colors: useColors, depth: 8 }),
  });
  const stray = (error: unknown): void => {
    output.write(`${describeError(error)}\n`);
    server.displayPrompt(true);
  };
  process.on('unhandledRejection', stray);
  teach(server, scope, target);
  await keepHistory(server);
  await once(server, 'exit');
  process.off('unhandledRejection', stray);
}

async function listServices(scope: ShellScope, target: string): Promise<string> {
  return scope.list(0).then(
    (listing) => describeListing(listing, target, true),
    (error: unknown) => `${describeError(error)}\n`,
  );
}

async function banner(scope: ShellScope, target: string): Promise<string> {
  const listing = await scope.list();
  const services = listing.names.length > 0 ? `services: ${listing.names.join(', ')}` : 'no service is on the bus yet';
  return `connected to ${target}\n${services}\nn.rpc.SERVICE.METHOD(...) calls; .help says what else there is\n`;
}

/** Gives the prompt its evaluation, its completion and its commands. */
function teach(server: REPLServer, scope: ShellScope, target: string): void {
  const { eval: evaluate, completer } = server;
  const own: Pick<REPLServer, 'eval' | 'completer'> = {
    eval: (code, context, file, callback) => {
      const input = readInput(code);
      if (input === undefined) return callback(new Recoverable(new SyntaxError('more lines must follow')), undefined);
      return evaluate.call(server, input, context, file, (error, result: unknown) => {
        if (error && isInterruption(error)) scope.cancel();
        if (error || !isThenable(result)) callback(error && explainSyntax(code, error), result);
        else void showResult(server, scope, result, callback);
      });
    },
    completer: (line: string, callback: Parameters<AsyncCompleter>[1]) => {
      void (async () => {
        const names = await complete(line, scope);
        if (names) callback(null, names);
        else completer.call(server, line, callback);
      })();
    },
  };
  // Both are what the server itself calls; its types have them read-only.
  Object.assign(server, own);
  server.defineCommand('services', {
    help: 'List the services that are on the bus',
    async action() {
      this.output.write(await listServices(scope, target));
      this.displayPrompt();
    },
  });
  server.defineCommand('help', {
    help: 'Print this',
    action() {
      this.output.write(help(this));
      this.displayPrompt();
    },
  });
}

/** Completes with what is known, and asks anew if nothing fits: it may have come since. Never rejects. */
async function complete(line: string, scope: ShellScope): Promise<Completion | undefined> {
  try {
    const names = completeNames(line, await scope.list());
    return names?.[0].length === 0 ? completeNames(line, await scope.list(0)) : names;
  } catch {
    return completeNames(line, scope.listing);
  }
}

/** Waits for a promise as if one had written `await`. Until it settles nothing is read, and ctrl-c gives it up. */
async function showResult(
  server: REPLServer,
  scope: ShellScope,
  result: PromiseLike<unknown>,
  callback: Parameters<REPLEval>[3],
): Promise<void> {
  // Typed wider than it is: on a pipe there is no raw mode.
  const input = server.input as NodeJS.ReadStream;
  const cancel = (): void => {
    server.output.write('\n'); // behind the ^C that the terminal shows
    scope.cancel();
  };
  server.pause();
  if (server.terminal && input.isTTY) input.setRawMode(false); // so that ctrl-c is a signal
  process.once('SIGINT', cancel);
  try {
    const value = await result;
    restore();
    callback(null, value);
  } catch (error) {
    restore();
    server.output.write(`${describeError(error)}\n`);
    callback(null, undefined);
  }

  function restore(): void {
    process.off('SIGINT', cancel);
    if (server.terminal && input.isTTY) input.setRawMode(true);
    server.resume();
  }
}

function isInterruption(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED';
}

/** Reads and writes `~/.mycel_history`, or what `MYCEL_HISTORY` names; nothing if that is empty. */
async function keepHistory(server: REPLServer): Promise<void> {
  const file = process.env['MYCEL_HISTORY'] ?? join(homedir(), '.mycel_history');
  if (file === '' || !server.terminal) return;
  // A file that cannot be read or written is told of by the prompt itself.
  await new Promise<void>((resolve) => server.setupHistory(file, () => resolve()));
}

function help(server: REPLServer): string {
  const commands = Object.entries(server.commands).map(
    ([name, command]) => `  .${name.padEnd(12)} ${command?.help ?? ''}\n`,
  );
  return `
  n.rpc.math.add(1, 2)                     call; the result is waited for
  n.rpc.math.add({ x: 1, y: 2 })           call with named arguments
  n.rpc.math.add.with({ timeout: '1m' })() call with options
  n.call('math', 'add', { args, kwargs })  call with arguments said outright
  n.dispatch('orders', 'placed', payload)  dispatch an event of a service
  n.services()                             who is on the bus
  n.context.user_id = 5                    what travels with calls and events
  n.config                                 the configuration, secrets masked

  JavaScript and TypeScript, await and await import() work; tab completes
  services, methods and events; _ is the last result; ctrl-c gives up a call,
  ctrl-d leaves.

${commands.join('')}
`.slice(1);
}

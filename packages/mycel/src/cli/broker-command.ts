import { InvalidArgumentError, Option } from 'commander';
import type { BrokerOptions } from './broker.ts';
import { type CommandDescription, examples } from './command.ts';

/** `mycel broker`. */
export const describeBroker: CommandDescription = (program, act) => {
  program
    .command('broker')
    .description('run the embedded broker alone: AMQP 0-9-1, everything in memory')
    .addOption(new Option('-p, --port <port>', 'listen there; 0 takes any free port').argParser(readPort).default(5672))
    .addOption(new Option('--host <address>', 'listen on this interface').default('127.0.0.1'))
    .addOption(
      new Option('-u, --user <name:password>', 'let this user in instead of guest (can be repeated)')
        .default([], 'guest:guest, from this machine only')
        .argParser(readUser),
    )
    .addOption(
      new Option('--vhost <name>', 'have this virtual host instead of / (can be repeated)')
        .default([], '/')
        .argParser((name: string, before: string[]) => [...before, name]),
    )
    .addOption(
      new Option('-m, --memory-limit <size>', 'block publishers when messages take more (bytes, or 100MB, 2GiB ...)')
        .default(512 * 1024 ** 2, '512MiB')
        .argParser(readSize),
    )
    .addOption(
      new Option('--log-level <level>', 'lowest level to log')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .addOption(new Option('--log-format <format>', 'how to log').choices(['auto', 'pretty', 'json']).default('auto'))
    .addHelpText(
      'after',
      examples(
        'mycel broker',
        'mycel broker --port 6720',
        'mycel broker --host 0.0.0.0 --user app:secret --memory-limit 2GiB',
        'curl http://127.0.0.1:5672/status',
      ),
    )
    .action(async (options: BrokerOptions) => act(async () => (await import('./broker.ts')).broker(options)));
};

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
}

function readUser(text: string, before: readonly string[]): string[] {
  if (/^[^:]+:./.test(text)) return [...before, text];
  throw new InvalidArgumentError("It must be a name and a password: 'app:secret'.");
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

function readSize(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (units[unit.toLowerCase()] ?? 0));
  if (bytes >= 1 && Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError("It must be a number of bytes, with or without a unit: '512MiB', '2GB'.");
}

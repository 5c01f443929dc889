import type { Command } from 'commander';
import { fitsAll } from '../app/letter-filter.ts';
import { type BrokerCommandOptions, withBrokerOptions } from './client-options.ts';
import { type Act, type CommandDescription, examples } from './command.ts';
import type { ListOptions } from './letters-list.ts';
import type { WorkOptions } from './letters-work.ts';
import { filterOf, readRate, withLetterFilters, withLimit } from './letter-options.ts';

/** `mycel dead-letters`: list, show, replay, drop. */
export const describeDeadLetters: CommandDescription = (program, act) => {
  const letters = program
    .command('dead-letters')
    .description('look at events that were given up; put them back to the handler that failed, or delete them')
    .helpCommand('help [command]', 'print help on a command')
    .addHelpText(
      'after',
      examples(
        'mycel dead-letters list --summary',
        'mycel dead-letters show 4f9c1d2e',
        'mycel dead-letters replay --service stock --error OutOfStock',
      ),
    );
  describeList(letters, act);
  describeShowLetter(letters, act);
  describeWork(letters, act, {
    fate: 'replay',
    description: 'put dead letters back to the queue of the handler that failed, and to no other',
    commands: [
      'mycel dead-letters replay 4f9c1d2e',
      'mycel dead-letters replay --service stock --method onSold --dry-run',
      'mycel dead-letters replay --all --rate 50/s --yes',
    ],
  });
  describeWork(letters, act, {
    fate: 'drop',
    description: 'delete dead letters',
    commands: [
      'mycel dead-letters drop 4f9c1d2e',
      'mycel dead-letters drop --reason invalid --older-than 30d',
      'mycel dead-letters drop --all --yes',
    ],
  });
};

function describeList(letters: Command, act: Act): void {
  const command = letters.command('list').description('list dead letters, oldest first');
  withLimit(withLetterFilters(withBrokerOptions(command)), 'show so many (default: 100 in a table, all with --json)')
    .option('--summary', 'count them by handler and error')
    .option('--json', 'print each as JSON, one a line')
    .addHelpText(
      'after',
      examples(
        'mycel dead-letters list',
        'mycel dead-letters list --summary',
        "mycel dead-letters list --service stock --newer-than 1h --json | jq -c '[.id, .error.message]'",
      ),
    )
    .action(async (options: ListOptions) => act(async () => (await import('./letters-list.ts')).listLetters(options)));
}

function describeShowLetter(letters: Command, act: Act): void {
  const command = letters
    .command('show')
    .description('show all that is known of a dead letter')
    .argument('<id>', 'its id, or how that begins');
  withBrokerOptions(command)
    .option('--full', 'cut neither the payload nor the stack')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples('mycel dead-letters show 4f9c1d2e', 'mycel dead-letters show 4f9c1d2e --json | jq .payload'),
    )
    .action(async (id: string, options: BrokerCommandOptions & { readonly full?: boolean; readonly json?: boolean }) =>
      act(async () => (await import('./letters-show.ts')).showLetter(id, options)),
    );
}

interface WorkDescription {
  readonly fate: 'replay' | 'drop';
  readonly description: string;
  readonly commands: readonly string[];
}

function describeWork(letters: Command, act: Act, { fate, description, commands }: WorkDescription): void {
  const command = letters
    .command(fate)
    .description(description)
    .argument('[id...]', 'their ids, or how those begin; without ids the options choose');
  withLimit(withLetterFilters(withBrokerOptions(command)), `${fate} no more than so many`)
    .option('--all', `${fate} all that there are`)
    .option('--dry-run', `show which it would ${fate}, and leave them`)
    .option('--rate <rate>', "no more than so many in a time: '50/s', '10/m'", readRate)
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print what was done as JSON')
    .addHelpText('after', examples(...commands))
    .action(async (ids: readonly string[], options: WorkOptions) => {
      refuseVagueness(command, fate, ids, options);
      return act(async () => (await import('./letters-work.ts')).workOnLetters(fate, ids, options));
    });
}

/** What is done cannot be undone: the command line has to say what is meant, and somebody has to agree. */
function refuseVagueness(command: Command, fate: string, ids: readonly string[], options: WorkOptions): void {
  const isFiltered = !fitsAll(filterOf(options));
  if (ids.length === 0 && !isFiltered && !options.all)
    command.error(`error: say which to ${fate}: ids, filters (--service, --error, ...), or --all`);
  if (ids.length > 0 && (isFiltered || options.all))
    command.error('error: give ids, or filters, or --all, not several of them');
  if (isFiltered && options.all) command.error('error: --all means every letter; with filters leave it out');
  const canAsk = process.stdin.isTTY && process.stderr.isTTY && !options.json;
  if (ids.length !== 1 && !canAsk && !options.yes && !options.dryRun)
    command.error(`error: nobody is there to be asked: add --yes to ${fate} them, or --dry-run to see which`);
}

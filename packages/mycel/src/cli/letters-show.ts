import { maskUris } from '../foundation/mask-secrets.ts';
import type { BrokerCommandOptions } from './client-options.ts';
import { exitCode } from './exit-codes.ts';
import { letterAsJson } from './letter-json.ts';
import { letterPage, quoted } from './letter-page.ts';
import { lookForLetters } from './letters-look.ts';
import { withLetters } from './open-letters.ts';
import { paintFor } from './paint.ts';

/** The options of `mycel dead-letters show`, as commander gives them. */
export interface ShowLetterOptions extends BrokerCommandOptions {
  readonly full?: boolean;
  readonly json?: boolean;
}

/** `mycel dead-letters show`. */
export function showLetter(beginning: string, options: ShowLetterOptions): Promise<number> {
  return withLetters(options, async (opened) => {
    const [letter] = await lookForLetters(opened, [beginning]);
    if (!letter) return exitCode.ok; // somebody pressed ctrl-c
    const { full } = options;
    const lines = options.json
      ? [JSON.stringify(letterAsJson(letter), undefined, 2)]
      : letterPage(letter, Date.now(), { full, paint: paintFor(process.stdout), reach: reachOf(options) });
    process.stdout.write(`${lines.join('\n')}\n`);
    return exitCode.ok;
  });
}

/** Writes the options that led to the broker; a password among them is masked. */
function reachOf({ config, define, broker }: BrokerCommandOptions): string {
  const words = [
    ...(config === undefined ? [] : ['--config', config]),
    ...define.flatMap((definition) => ['--define', definition]),
    ...(broker === undefined ? [] : ['--broker', broker]),
  ];
  return words.map((word) => ` ${quoted(maskUris(word))}`).join('');
}

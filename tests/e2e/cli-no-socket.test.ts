import { describe, expect, test } from 'vitest';
import { allCommands, createProgram, fullNameOf } from '../../packages/mycel/src/cli/program.ts';
import { helloTs, project, runMycel } from '../support/mycel-process.ts';
import { socketAlarm } from '../support/socket-alarm.ts';

const files = {
  'services.ts': `${helloTs}
    import { config, rpc } from 'mycel';
    import { z } from 'zod';
    @service('shop')
    export class Shop {
      shop = config('shop', z.object({ currency: z.string().default('EUR') }));
      @rpc buy() {}
    }`,
  'config.yaml': 'amqp: {uri: "amqp://rabbit.invalid/"}\n',
};

const helps = allCommands(createProgram(async () => {})).map((command) => `${fullNameOf(command).slice(6)} --help`);

describe('commands that only tell use no socket', () => {
  test.each([
    ...helps.map((line) => line.trim()),
    'help config show',
    '--version',
    'config show --origin -c config.yaml services.ts',
    'config check config.yaml services.ts',
    'config schema services.ts',
    'completion bash',
    'completion zsh',
    'completion fish',
    'init new',
  ])('mycel %s', async (line) => {
    const { code, stderr } = await runMycel(line.split(' '), project(files), socketAlarm);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test.each([
    ['run -d web.address=127.0.0.1:0 services.ts:Hello', 'listen'],
    ['run -c config.yaml services.ts:Shop', 'dns|connect'],
    ['config check http://127.0.0.1:59999/config.yaml', 'connect'],
  ])('and it would be noticed if they did, as mycel %s does', async (line, use) => {
    const { code, stderr } = await runMycel(line.split(' '), project(files), socketAlarm);
    expect(code).toBe(99);
    expect(stderr).toMatch(new RegExp(`a socket was used: (?:${use})\\n`));
  });
});

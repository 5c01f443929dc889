import { type CommandDescription, examples } from './command.ts';

/** `mycel init`. */
export const describeInit: CommandDescription = (program, act) => {
  program
    .command('init')
    .description('write a new project: a service with a test, its configuration, Dockerfile and compose file')
    .argument('[dir]', 'its folder, which may exist; files that are there are never overwritten', '.')
    .addHelpText('after', examples('mycel init greeter', 'mycel init'))
    .action(async (folder: string) => act(async () => (await import('./init.ts')).initProject(folder)));
};

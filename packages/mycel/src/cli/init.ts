import { relative, resolve } from 'node:path';
import { exitCode } from './exit-codes.ts';
import { projectName } from './project-name.ts';
import { writeProject } from './project-template.ts';

/** `mycel init`: writes a new project and says what to do next. */
export async function initProject(folder: string): Promise<number> {
  const target = resolve(folder);
  const name = projectName(target);
  const files = writeProject(target, name);
  const path = relative(process.cwd(), target);
  const steps = [...(path ? [`cd ${quoted(path)}`] : []), 'npm install', 'npm test', 'npm run dev'];
  const lines = [
    `${name} is in ${target}:`,
    ...files.map((file) => `  ${file}`),
    '',
    'Next:',
    ...steps.map((step) => `  ${step}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return exitCode.ok;
}

function quoted(path: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(path) && !path.startsWith('-') ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

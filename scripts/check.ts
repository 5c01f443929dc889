// Every gate but the tests, one line each: `npm run check [-- <gate> ...]`. What a gate says is shown when it fails.
import { dirname } from 'node:path';
import { runCommand } from './run-command.ts';

const root = dirname(import.meta.dirname);
/** Names of scripts in package.json; `surface` and `package` look at what `build` made. */
const gates = ['build', 'typecheck', 'lint', 'format:check', 'layers', 'surface', 'docs', 'compile-budget', 'package'];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !gates.includes(name));
if (unknown.length > 0) throw new Error(`no gate is called ${unknown.join(', ')}: choose from ${gates.join(', ')}`);

const failed: string[] = [];
for (const gate of wanted.length > 0 ? wanted : gates) {
  const start = performance.now();
  const { exitCode, output } = await runCommand('npm', ['run', '--silent', gate], { cwd: root });
  const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(6);
  console.log(`${exitCode === 0 ? 'ok    ' : 'FAILED'} ${seconds} s  ${gate}`);
  if (exitCode !== 0) {
    failed.push(gate);
    console.log(output.trimEnd());
  }
}
if (failed.length > 0) {
  console.log(`${failed.length} failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

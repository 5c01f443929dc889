// Lists the functions with the most self time in the profiles that `npm run bench -- --profile DIR` left:
// node --import tsx bench/profile-top.ts DIR [rows]
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The parts of a V8 CPU profile that are read here. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Sums the milliseconds each function was on top of the stack. */
function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): Map<string, number> {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const file = url.split('/').slice(-2).join('/');
      return [id, `${functionName || '(anonymous)'} ${file && `${file}:${lineNumber + 1}`}`];
    }),
  );
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '?';
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  }
  return times;
}

const [folder = '.', rows = '30'] = process.argv.slice(2);
// One for each thread, by its number: 0 is the main thread, the others are the loader's.
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.0\.\d+\.cpuprofile$/.test(name),
);
for (const file of files) {
  // Written by V8.
  const times = selfTimes(JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile);
  const idle = times.get('(idle) ') ?? 0;
  times.delete('(idle) ');
  const busy = [...times.values()].reduce((sum, time) => sum + time, 0);
  console.log(`\n${dirname(file)}: busy ${busy.toFixed(0)} ms, idle ${idle.toFixed(0)} ms`);
  for (const [name, time] of [...times].toSorted((a, b) => b[1] - a[1]).slice(0, Number(rows))) {
    console.log(`${((100 * time) / busy).toFixed(1).padStart(6)} %  ${name}`);
  }
}

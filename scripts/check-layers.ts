// Checks floors, rooms, doors, circles of imports, sizes and names: `npm run layers`.
import { dirname } from 'node:path';
import { checkLayers } from './layers/check.ts';

const { findings, summary } = checkLayers(dirname(import.meta.dirname));
for (const { file, line, problem } of findings) console.error(`${file}:${line}: ${problem}`);
console.log(summary);
if (findings.length > 0) {
  console.error(`${findings.length} found. The rules: ARCHITECTURE.md; the floors: scripts/layers/house.ts.`);
  process.exitCode = 1;
}

// Checks floors, rooms, doors, circles of imports, sizes and names: `npm run layers`.
import { dirname } from 'node:path';
import { reportFindings } from './finding.ts';
import { checkLayers } from './layers/check.ts';

const { findings, summary } = checkLayers(dirname(import.meta.dirname));
console.log(summary);
reportFindings(findings, 'The rules: ARCHITECTURE.md; the floors: scripts/layers/house.ts.');

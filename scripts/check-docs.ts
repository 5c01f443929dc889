// Checks the links of all Markdown, and the catalogue of errors against the error classes: `npm run docs`.
import { dirname } from 'node:path';
import { checkErrorCodes } from './docs/error-codes.ts';
import { checkLinks } from './docs/links.ts';
import { reportFindings } from './finding.ts';

const root = dirname(import.meta.dirname);
reportFindings([...checkLinks(root), ...checkErrorCodes(root)], 'Docs and code say the same, or the build fails.');

// Checks the links of all Markdown, the tests that they name, that each guarantee has one, the catalogue of errors against the error classes,
// and the code that pages quote: `npm run docs`.
import { dirname } from 'node:path';
import { checkErrorCodes } from './docs/error-codes.ts';
import { checkLinks } from './docs/links.ts';
import { checkProvenTables } from './docs/proven-tables.ts';
import { checkSnippets } from './docs/snippets.ts';
import { checkTestLinks } from './docs/test-links.ts';
import { reportFindings } from './finding.ts';

const root = dirname(import.meta.dirname);
const findings = [
  ...checkLinks(root),
  ...checkTestLinks(root),
  ...checkProvenTables(root),
  ...checkErrorCodes(root),
  ...checkSnippets(root),
];
reportFindings(findings, 'Docs and code say the same, or the build fails.');

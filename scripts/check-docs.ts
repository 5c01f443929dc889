// Checks the links of all Markdown, the catalogue of errors against the error classes, and the code that pages quote: `npm run docs`.
import { dirname } from 'node:path';
import { checkErrorCodes } from './docs/error-codes.ts';
import { checkLinks } from './docs/links.ts';
import { checkSnippets } from './docs/snippets.ts';
import { reportFindings } from './finding.ts';

const root = dirname(import.meta.dirname);
const findings = [...checkLinks(root), ...checkErrorCodes(root), ...checkSnippets(root)];
reportFindings(findings, 'Docs and code say the same, or the build fails.');

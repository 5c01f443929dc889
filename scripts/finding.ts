/** Something a check has found. */
export interface Finding {
  /** Relative to the root of the repository. */
  readonly file: string;
  readonly line: number;
  /** What is wrong and what to do. */
  readonly problem: string;
}

/** Prints findings, one a line, and makes the process fail if there are any. */
export function reportFindings(findings: readonly Finding[], advice: string): void {
  for (const { file, line, problem } of findings) console.error(`${file}:${line}: ${problem}`);
  if (findings.length === 0) return;
  console.error(`${findings.length} found. ${advice}`);
  process.exitCode = 1;
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runOrThrow } from '../run-command.ts';

const root = dirname(dirname(import.meta.dirname));

/** A clean project with nothing in it but the packed `mycel`. Disposing removes it. */
export interface Consumer extends Disposable {
  readonly folder: string;
  /** The names to import it by: `mycel`, `mycel/web`, ... */
  readonly doors: readonly string[];
  readonly version: string;
}

const service = `import { rpc, service } from 'mycel';

@service('smoke_service')
export class SmokeService {
  @rpc add(x: number, y: number): number {
    return x + y;
  }
}
`;

/** Installs a tarball into a new folder, together with a small service in TypeScript and its compiler options. */
export async function installConsumer(tarball: string): Promise<Consumer> {
  const folder = mkdtempSync(join(tmpdir(), 'mycel-consumer-'));
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  await runOrThrow('npm', ['install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', tarball], {
    cwd: folder,
  });

  const manifest = readFileSync(join(folder, 'node_modules/mycel/package.json'), 'utf8');
  const { version, exports }: { version: string; exports: Record<string, unknown> } = JSON.parse(manifest);
  const paths = Object.keys(exports).filter((path) => path !== './package.json');
  const doors = paths.map((path) => `mycel${path.slice(1)}`);
  write('service.ts', service);
  write('doors.ts', doors.map((door, index) => `export * as door${index} from '${door}';\n`).join(''));
  write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  return { folder, doors, version, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

const compilerOptions = {
  target: 'es2022',
  lib: ['es2023', 'esnext.decorators', 'esnext.disposable'],
  module: 'nodenext',
  strict: true,
  noEmit: true,
  // The declarations themselves are under test.
  skipLibCheck: false,
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')],
};

/** An entry of a lock file, as far as it is read or written here. */
export interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

export interface LockFile {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

/** Adds an entry for each native build that some package wants, by exact version, and that the lock file leaves out. */
export function completeLock<L extends LockFile>(lock: L): { completed: L; added: string[] } {
  const packages: Record<string, LockEntry> = { ...lock.packages };
  const added: string[] = [];
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const platform = platformOf(name);
      if (platform === undefined || !/^\d+\.\d+\.\d+/.test(version) || isPresent(packages, path, name)) continue;
      packages[`node_modules/${name}`] = entryFor(version, dev, platform);
      added.push(name);
    }
  }
  const [root, ...others] = Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  return { completed: { ...lock, packages: Object.fromEntries([...(root ? [root] : []), ...others]) }, added };
}

type Platform = Pick<LockEntry, 'os' | 'cpu' | 'libc'>;

/** Writes an entry with its keys in npm's order, so that npm does not write the file anew. */
function entryFor(version: string, dev: boolean | undefined, { cpu, libc, os }: Platform): LockEntry {
  return {
    version,
    ...(cpu && { cpu }),
    ...(dev && { dev }),
    ...(libc && { libc }),
    optional: true,
    ...(os && { os }),
  };
}

/** Looks where Node would: beside the package, then in each folder above it. */
function isPresent(packages: Readonly<Record<string, LockEntry>>, path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${name}` in packages) return true;
    if (folder === '') return false;
  }
}

/** Reads the platform from the name of a native build: `@rollup/rollup-linux-x64-musl`. */
export function platformOf(name: string): Platform | undefined {
  const words = name.split(/[-/]/);
  const os = words.filter((word) => systems.includes(word));
  const cpu = words.filter((word) => processors.includes(word));
  if (os.length !== 1 || cpu.length !== 1) return undefined;
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') && os[0] === 'linux' ? ['glibc'] : undefined;
  return { os, cpu, ...(libc && { libc }) };
}

import { readFile } from 'node:fs/promises';
import { messageOf } from '../foundation/errors.ts';
import { ConfigError } from './config-error.ts';
import { isRemote, showLocation } from './config-location.ts';
import { nodeOf, type MapNode } from './config-node.ts';
import { readDefinitions } from './definitions.ts';
import type { Environment } from './environment.ts';
import { LayeredConfig } from './layered-config.ts';

/** Where a configuration is read from. What stands lower in this list wins over what stands above. */
export interface ConfigSources {
  /** A YAML or JSON file: its path, or an `http(s)` URL. @default none */
  readonly file?: string | undefined;
  /** Environment variables; the file's `${...}` look here too. @default process.env */
  readonly environment?: Environment | undefined;
  /** Values that a program gives. @default none */
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  /** `KEY=VALUE` of the command line. @default none */
  readonly define?: readonly string[] | undefined;
}

/**
 * Reads the sources of a configuration. Rejects with a `ConfigError` if a file or a definition cannot be read at all, and
 * with a `ConfigUnavailableError` if a server does not answer.
 */
export async function loadConfig(sources: ConfigSources = {}): Promise<LayeredConfig> {
  const { file, environment = process.env, values = {}, define = [] } = sources;
  const definitions = readDefinitions(define);
  const read = file === undefined ? {} : { file: await readConfigFile(file, environment) };
  return new LayeredConfig({ ...read, environment, program: nodeOf(values, { kind: 'program' }), definitions });
}

async function readConfigFile(file: string, environment: Environment): Promise<MapNode> {
  // Imported here, since a start without a file need not pay for a YAML parser.
  const [{ text, name }, { readYaml }] = await Promise.all([readSource(file), import('./yaml-document.ts')]);
  const { root, problems } = readYaml(text, name, (variable) => environment[variable]);
  if (problems.length) throw new ConfigError(problems);
  return root;
}

/** Reads the text of a file, and what to call it. */
async function readSource(file: string): Promise<{ readonly text: string; readonly name: string }> {
  if (!isRemote(file)) return { text: await readText(file), name: file };
  const { fetchConfigText } = await import('./remote-config.ts');
  return { text: await fetchConfigText(file), name: showLocation(file) };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const message = missing
      ? `no such file (looked in ${process.cwd()}); give the path of a YAML file with --config`
      : `cannot be read: ${messageOf(error)}`;
    throw new ConfigError([{ origin: undefined, path: file, message }], { cause: error });
  }
}

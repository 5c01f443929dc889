import { ConfigError } from './config-error.ts';
import { emptyMap, merge, nest, nodeOf, type ConfigNode } from './config-node.ts';
import { typedText } from './environment.ts';

/**
 * Reads `KEY=VALUE` of the command line; `KEY` may be a path (`web.address`), and alone it means `true`.
 * Throws a `ConfigError` for a definition without a key.
 */
export function readDefinitions(definitions: readonly string[]): ConfigNode {
  let root: ConfigNode = emptyMap;
  for (const definition of definitions) {
    const [, key = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(definition) ?? [];
    const path = key.trim().split('.');
    const origin = { kind: 'define', name: key.trim() } as const;
    if (path.includes('')) {
      throw new ConfigError([{ origin, path: '', message: 'expected KEY=VALUE, such as web.address=127.0.0.1:8000' }]);
    }
    const node = value === undefined ? nodeOf(true, origin) : typedText(value, origin);
    root = merge(root, nest(path, node)) ?? root;
  }
  return root;
}

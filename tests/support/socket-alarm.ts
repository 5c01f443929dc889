/**
 * For `NODE_OPTIONS`: whatever would leave the process, or listen, says so on standard error and ends it with 99. Pipes that
 * the process was started with are untouched, and so is tsx, which runs the sources and looks for a parent of its own.
 */
const source = `
  import dgram from 'node:dgram';
  import dns from 'node:dns';
  import { syncBuiltinESMExports } from 'node:module';
  import net from 'node:net';
  import { writeSync } from 'node:fs';
  const ring = (what) => () => {
    writeSync(2, 'a socket was used: ' + what + '\\n');
    process.exit(99);
  };
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...args) {
    const { path } = [args].flat(2)[0] ?? {};
    return /[/]tsx-/.test(path) ? connect.apply(this, args) : ring('connect')();
  };
  net.Server.prototype.listen = ring('listen');
  dgram.createSocket = ring('dgram');
  for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveSrv']) {
    dns[name] = ring('dns');
    dns.promises[name] = ring('dns');
  }
  syncBuiltinESMExports();`;

export const socketAlarm: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(source)}`,
};

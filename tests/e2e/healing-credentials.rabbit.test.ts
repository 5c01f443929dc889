import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { installedServer } from '../../scripts/test-rings/private-rabbitmq.ts';
import { useHealingWorld } from '../support/healing-world.ts';
import { forbidUnhandledRejections } from '../support/unhandled-rejections.ts';

forbidUnhandledRejections();

/** The URI of the proxy as another user of the virtual host. */
function uriAs(uri: string, user: string, password: string): string {
  const url = new URL(uri);
  [url.username, url.password] = [user, password];
  return url.href;
}

describe.skipIf(!installedServer())('a service', () => {
  const world = useHealingWorld();

  async function addUser(password: string): Promise<string> {
    const user = `user-${randomUUID()}`;
    await world.node.control('add_user', user, password);
    await world.node.control('set_permissions', '-p', world.rabbit.vhost, user, '.*', '.*', '.*');
    return user;
  }

  it('whose broker has no address at its start tells so once, and starts when it has one', async () => {
    let host = 'nobody.invalid';
    await world.begin({ uri: () => world.proxy.uri.replace('127.0.0.1', host) });
    await world.readiness.untilOff(/transport: connection: cannot connect to the broker .*nobody\.invalid/);
    host = '127.0.0.1';
    await world.readiness.untilOn();
    await world.flows();
    expect(world.warnings('mycel').filter((message) => message.includes('nobody.invalid'))).toHaveLength(1);
    expect(world.transport.counters.total('connection_attempts_failed', 'mycel')).toBeGreaterThan(0);
  });

  it('whose password is wrong at its start tells so once, and starts when it fits', async () => {
    const user = await addUser('right');
    await world.begin({ uri: uriAs(world.proxy.uri, user, 'wrong') });
    await world.readiness.untilOff(/refused user/);
    await world.node.control('change_password', user, 'wrong');
    await world.readiness.untilOn();
    await world.flows();
    expect(world.warnings('mycel').filter((message) => message.includes('refused user'))).toHaveLength(1);
    expect(world.warnings().join()).not.toContain(':wrong@');
  });

  it('whose password is changed asks for it before each attempt, and comes back with the new one', async () => {
    const user = await addUser('old');
    let password = 'old';
    await world.start({ uri: async () => uriAs(world.proxy.uri, user, password) });
    await world.flows();
    await world.node.control('change_password', user, 'new');
    world.proxy.cut();
    await world.readiness.untilOff(/does not come back yet: .*refused user/);
    password = 'new';
    await world.readiness.untilOn();
    await world.flows();
    expect(world.transport.counters.total('connections_restored', 'mycel')).toBe(1);
  });
});

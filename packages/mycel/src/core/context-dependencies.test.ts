import { expect, test } from 'vitest';
import { fire, fired } from '../../../../tests/support/fired-entrypoint.ts';
import { ServiceContainer } from './container.ts';
import { authToken, contextData, language, userAgent, userId, workerContext } from './context-dependencies.ts';
import { service } from './service.ts';

@service('reader')
class Reader {
  context = workerContext();
  language = language();
  userId = userId();
  authToken = authToken();
  userAgent = userAgent();
  tenant = contextData('tenant');

  @fired read(): unknown {
    const { language, userId, authToken, userAgent, tenant } = this;
    return { language, userId, authToken, userAgent, tenant, callId: this.context.callId };
  }
}

async function read(data: Record<string, unknown>): Promise<unknown> {
  const container = new ServiceContainer(Reader);
  await container.start();
  const outcome = await fire(container, 'read', { context: { data } }).outcome;
  await container.stop();
  return outcome.ok ? outcome.value : outcome.error;
}

test('a worker finds in its fields what its caller sent along', async () => {
  const data = { language: 'de', user_id: 7, auth_token: 't', user_agent: 'tests', tenant: { id: 1 } };
  expect(await read(data)).toEqual({
    language: 'de',
    userId: 7,
    authToken: 't',
    userAgent: 'tests',
    tenant: { id: 1 },
    callId: expect.stringMatching(/^reader\.read\./) as string,
  });
});

test('a worker finds nothing in the fields of what its caller did not send, or sent as something else', async () => {
  expect(await read({ language: 5, auth_token: null })).toMatchObject({
    language: undefined,
    userId: undefined,
    authToken: undefined,
    userAgent: undefined,
    tenant: undefined,
  });
});

test('the manifest shows which entries a service reads', () => {
  const container = new ServiceContainer(Reader);
  const described = container.fields.map(({ provider }) => provider.describe()['key']);
  expect(described).toEqual([undefined, 'language', 'user_id', 'auth_token', 'user_agent', 'tenant']);
});

import { describe, expect, test } from 'vitest';
import { fire, fired } from '../../../../tests/support/fired-entrypoint.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { ServiceContainer } from './container.ts';
import { authToken, contextData, language, userAgent, userId, workerContext } from './context-dependencies.ts';
import { manifestOf } from './manifest.ts';
import { defineService } from './service.ts';

forbidUnhandledRejections();

class Contextual {
  language = language();
  user = userId();
  token = authToken();
  agent = userAgent();
  tenant = contextData('tenant');
  context = workerContext();

  read(): Record<string, unknown> {
    const { language: spoken, user, token, agent, tenant } = this;
    return { language: spoken, user, token, agent, tenant };
  }
  callId(): string {
    return this.context.callId;
  }
}

const contextual = defineService(Contextual, 'contextual', { read: fired, callId: fired });

async function read(data: Record<string, unknown>): Promise<unknown> {
  const container = new ServiceContainer(contextual);
  await container.start();
  const outcome = await fire(container, 'read', { context: { data } }).outcome;
  await container.stop();
  return outcome.ok ? outcome.value : outcome.error;
}

describe('what a caller’s context carries', () => {
  test('is provided under Nameko’s keys', async () => {
    const data = {
      language: 'de',
      user_id: 7,
      auth_token: 'secret',
      user_agent: 'curl',
      tenant: { id: 1 },
      other: true,
    };
    expect(await read(data)).toEqual({ language: 'de', user: 7, token: 'secret', agent: 'curl', tenant: { id: 1 } });
  });

  test('is undefined where the caller sent nothing, and where a text is no text', async () => {
    const nothing = { language: undefined, user: undefined, token: undefined, agent: undefined, tenant: undefined };
    expect(await read({})).toEqual(nothing);
    expect(await read({ language: 7, auth_token: null, user_agent: ['curl'] })).toEqual(nothing);
  });

  test('is shown in the manifest by its key', () => {
    expect(manifestOf(new ServiceContainer(contextual)).dependencies).toEqual([
      { field: 'language', kind: 'context', key: 'language' },
      { field: 'user', kind: 'context', key: 'user_id' },
      { field: 'token', kind: 'context', key: 'auth_token' },
      { field: 'agent', kind: 'context', key: 'user_agent' },
      { field: 'tenant', kind: 'context', key: 'tenant' },
      { field: 'context', kind: 'context' },
    ]);
  });
});

test('the worker’s context itself is provided to the worker', async () => {
  const container = new ServiceContainer(contextual);
  await container.start();
  const outcome = await fire(container, 'callId').outcome;
  expect(outcome).toEqual({ ok: true, value: expect.stringMatching(/^contextual\.callId\./) });
  await container.stop();
});

import { describe, expect, test } from 'vitest';
import { ServiceContainer } from '../core/container.ts';
import { defineService, service } from '../core/service.ts';
import { eventHandler } from './event-handler.ts';
import { type EventHandlerOptions, resolveEventHandlerOptions } from './event-handler-options.ts';

const resolve = (options: EventHandlerOptions) => resolveEventHandlerOptions(options, 'lab.on');

describe('the options of an event handler', () => {
  test('default to a reliable service pool that gives failed events up', () => {
    expect(resolve({})).toEqual({
      mode: 'service-pool',
      reliable: true,
      broadcastId: undefined,
      requeueOnError: false,
      prefetch: undefined,
      expected: [],
    });
  });

  test('let a broadcast be unreliable, or reliable with an identity', () => {
    expect(resolve({ mode: 'broadcast' })).toMatchObject({ reliable: false });
    expect(resolve({ mode: 'broadcast', reliable: true, broadcastId: 'node-1' })).toMatchObject({ reliable: true });
    expect(() => resolve({ mode: 'broadcast', reliable: true })).toThrow(
      'lab.on: a reliable broadcast needs a broadcastId',
    );
  });

  test('are refused all at once', () => {
    const options = { mode: 'pool' as 'broadcast', broadcastId: 'x', prefetch: 0 };
    expect(() => resolve(options)).toThrow(
      /mode 'pool' is none.*broadcastId is for broadcasts only.*prefetch 0: expected a whole number/,
    );
  });

  test('are checked when the container is made', () => {
    @service('lab')
    class Lab {
      @eventHandler('s', 't', { mode: 'broadcast', reliable: true }) on(): void {}
    }
    expect(() => new ServiceContainer(Lab)).toThrow('lab.on, @eventHandler: a reliable broadcast');
  });

  test('stand beside an event that is named', () => {
    expect(() => eventHandler('', 't')).toThrow('name the service that dispatches');
    expect(() => eventHandler('s', undefined as unknown as string)).toThrow('the type of the event');
  });

  test('are shown in the manifest', () => {
    class Lab {
      on(): void {}
    }
    const lab = defineService(Lab, 'lab', { on: eventHandler('s', 't', { mode: 'broadcast' }) });
    const [entrypoint] = new ServiceContainer(lab).entrypoints;
    expect(entrypoint?.describe()).toEqual({ source: 's', type: 't', mode: 'broadcast', reliable: false });
  });

  test('tell expected errors from others', () => {
    class Lab {
      on(): void {}
    }
    const lab = defineService(Lab, 'lab', { on: eventHandler('s', 't', { expected: [RangeError] }) });
    const [entrypoint] = new ServiceContainer(lab).entrypoints;
    expect(entrypoint?.isExpected(new RangeError())).toBe(true);
    expect(entrypoint?.isExpected(new TypeError())).toBe(false);
  });
});

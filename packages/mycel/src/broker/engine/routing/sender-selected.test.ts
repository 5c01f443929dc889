import { describe, expect, it } from 'vitest';
import { messageWith } from '../../../../../../tests/support/broker-message.ts';
import { routingKeysOf, withoutBcc } from './sender-selected.ts';

describe('routingKeysOf', () => {
  it('gives the message own key, then those of CC and BCC', () => {
    const message = messageWith({ headers: { BCC: ['d'], CC: ['b', 'c'] } }, { routingKey: 'a' });
    expect(routingKeysOf(message)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('gives the one key of a message without such headers, and does not decode it', () => {
    const message = messageWith({ headers: { other: 'x' }, correlationId: 'CC' }, { routingKey: 'a' });
    expect(routingKeysOf(message)).toEqual(['a']);
    for (const rawProperties of [Buffer.from([0x20, 0, 1]), Buffer.from('\x10\x00CC')]) {
      const unreadable = {
        routingKey: 'a',
        rawProperties,
        get properties(): never {
          throw new Error('decoded');
        },
      };
      expect(routingKeysOf(unreadable)).toEqual(['a']);
    }
  });

  it('is not misled by the letters elsewhere', () => {
    expect(routingKeysOf(messageWith({ headers: { xCC: 'CC' }, type: 'BCC' }, { routingKey: 'a' }))).toEqual(['a']);
  });

  it('passes over what is no text in the lists', () => {
    const headers = { CC: ['b', 3, null, ['c'], Buffer.from('d')] };
    expect(routingKeysOf(messageWith({ headers }, { routingKey: 'a' }))).toEqual(['a', 'b']);
  });

  it('refuses a header that is no list', () => {
    const text = 'PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"CC",void}';
    expect(() => routingKeysOf(messageWith({ headers: { CC: null } }))).toThrow(text);
  });

  it('refuses more keys than anybody needs, so that no message keeps the others waiting', () => {
    const keys = (count: number): string[] => Array.from({ length: count }, (_, at) => `key.${at}`);
    expect(routingKeysOf(messageWith({ headers: { CC: keys(50), BCC: keys(49) } }))).toHaveLength(100);
    const text = '406 PRECONDITION_FAILED - message has 101 routing keys, the most is 100';
    expect(() => routingKeysOf(messageWith({ headers: { CC: keys(50), BCC: keys(50) } }))).toThrow(text);
  });
});

describe('withoutBcc', () => {
  it('takes BCC out and leaves all else', () => {
    const properties = { messageId: 'm', deliveryMode: 2, headers: { CC: ['b'], a: 1 } };
    const message = messageWith(
      { ...properties, headers: { ...properties.headers, BCC: ['c'] } },
      { exchange: 'x', routingKey: 'k' },
    );
    const { exchange, routingKey, properties: kept } = withoutBcc(message);
    expect({ exchange, routingKey, kept }).toEqual({ exchange: 'x', routingKey: 'k', kept: properties });
  });

  it('leaves an empty table of headers where BCC was the only one, as RabbitMQ does', () => {
    expect(withoutBcc(messageWith({ headers: { BCC: ['c'] } })).properties).toEqual({ headers: {} });
  });

  it('gives back the very message when there is no BCC in it', () => {
    for (const message of [messageWith({}), messageWith({ headers: { xBCC: 1 } }), messageWith({ type: 'BCC' })]) {
      expect(withoutBcc(message)).toBe(message);
    }
  });
});

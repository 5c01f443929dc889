import { describe, expect, it } from 'vitest';
import { MemoryAccount } from './memory-account.ts';
import { Message } from './message.ts';

function messageOf(bytes: number): Message {
  return new Message('', 'q', { rawProperties: Buffer.of(0, 0), body: Buffer.alloc(bytes) });
}

describe('MemoryAccount', () => {
  it('counts the content of a message once, however many places it has, until the last lets it go', () => {
    const account = new MemoryAccount(1e9, () => undefined);
    const message = messageOf(100_000);
    account.hold(message);
    const { usedBytes } = account;
    account.hold(message);
    account.hold(message);
    expect(usedBytes).toBeGreaterThan(100_000);
    expect(account.usedBytes).toBeLessThan(usedBytes + 1000);
    account.release(message);
    account.release(message);
    expect(account.usedBytes).toBe(usedBytes);
    account.release(message);
    expect(account.usedBytes).toBe(0);
  });

  it('counts something for a message without content, so that nobody can send any number of them', () => {
    const account = new MemoryAccount(1e9, () => undefined);
    account.hold(messageOf(0));
    expect(account.usedBytes).toBeGreaterThan(100);
  });

  it('tells once that the limit is passed, and once that a tenth has gone', () => {
    const told: boolean[] = [];
    const account = new MemoryAccount(100_000, (isExceeded) => told.push(isExceeded));
    const messages = Array.from({ length: 12 }, () => messageOf(10_000));
    for (const message of messages) account.hold(message);
    expect([told, account.isExceeded]).toEqual([[true], true]);
    for (const message of messages.slice(0, 3)) account.release(message);
    expect(told).toEqual([true]);
    account.release(messages[3]!);
    expect([told, account.isExceeded]).toEqual([[true, false], false]);
  });
});

import { describe, expect, test } from 'vitest';
import { didYouMean, nearest } from './nearest.ts';

describe('the names nearest to a misspelt one', () => {
  test.each([
    ['a letter missing', 'math_servce', ['math_service', 'orders'], ['math_service']],
    ['a letter too many', 'orderss', ['math_service', 'orders'], ['orders']],
    ['two letters swapped', 'hsot', ['host', 'port'], ['host']],
    ['another case', 'MaxWorkers', ['maxworkers', 'x'], ['maxworkers']],
    ['only the beginning', 'heart', ['heartbeat_interval', 'port'], ['heartbeat_interval']],
    ['the best first', 'port', ['porter', 'ports', 'sport'], ['ports', 'sport', 'porter']],
    ['each once', 'prot', ['port', 'port'], ['port']],
    ['nothing near', 'colour', ['heartbeat', 'prefetch'], []],
    ['a short name and another short one', 'ab', ['xy', 'cd'], []],
    ['three letters of which one fits', 'foo', ['log', 'web'], []],
    ['a short name with one letter wrong', 'ur', ['uri', 'vhost'], ['uri']],
    ['a single letter', 'x', ['y', 'z'], []],
    ['no name at all', '', ['port', 'host'], []],
    ['no candidates', 'port', [], []],
  ])('are found: %s', (_what, name, candidates, expected) => {
    expect(nearest(name, candidates)).toEqual(expected);
  });

  test('are three at most, unless told otherwise', () => {
    const candidates = ['port1', 'port2', 'port3', 'port4'];
    expect(nearest('port', candidates)).toHaveLength(3);
    expect(nearest('port', candidates, 1)).toEqual(['port1']);
  });

  test('may come from any iterable', () => {
    expect(nearest('prot', new Map([['port', 1]]).keys())).toEqual(['port']);
  });
});

describe('did you mean', () => {
  test.each([
    ['hsot', ['host', 'vhost'], " (did you mean 'host' or 'vhost'?)"],
    ['prot', ['port', 'vhost'], " (did you mean 'port'?)"],
    ['colour', ['port'], ''],
  ])('for %j among %j is %j', (name, candidates, text) => {
    expect(didYouMean(name, candidates)).toBe(text);
  });
});

import { expect, test } from 'vitest';

// The one thing every entrypoint stands on, checked here so that a change of toolchain shows at once.
Object.defineProperty(Symbol, 'metadata', { value: Symbol.metadata ?? Symbol.for('Symbol.metadata') });

function mark(_method: unknown, context: ClassMethodDecoratorContext): void {
  context.metadata[context.name] = 'marked';
}

class Marked {
  field = 1;
  @mark hello(): string {
    return `hello ${this.field}`;
  }
}

test('the test runner lowers standard decorators and keeps their metadata', () => {
  expect(new Marked().hello()).toBe('hello 1');
  expect(Marked[Symbol.metadata]).toEqual({ hello: 'marked' });
});

test('the test runner lowers `using`', () => {
  const closed: string[] = [];
  {
    using resource = { [Symbol.dispose]: () => closed.push('closed') };
    expect(resource).toBeDefined();
    expect(closed).toEqual([]);
  }
  expect(closed).toEqual(['closed']);
});

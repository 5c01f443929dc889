// What a compiler makes of decorators: they are called by hand, so that the peers need none.

/** Applies decorators to a class. */
export function decorateClass(target, ...decorators) {
  for (const decorate of decorators) decorate(target);
}

/** Applies decorators to a method, and one to each of its parameters. */
export function decorateMethod({ prototype }, name, decorators, parameters) {
  for (const [index, decorate] of parameters.entries()) decorate(prototype, name, index);
  for (const decorate of decorators) decorate(prototype, name, Object.getOwnPropertyDescriptor(prototype, name));
}

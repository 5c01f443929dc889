/**
 * Sets a property of a value read from a message. Assigning to `__proto__` would replace the object's prototype;
 * here it makes an own property of that name, as `JSON.parse` does.
 */
export function setOwnProperty(target: object, key: string | number, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    // Arrays and objects can both be written to by such a key; TypeScript has no type for that.
    (target as Record<string | number, unknown>)[key] = value;
  }
}

import { UnencodableError } from './amqp-error.ts';

/** Gives the value when it is an unsigned integer of 8 bits. `name` says in an error what it is. */
export function uint8(value: number | undefined, name: string): number {
  return checked(value, 0xff, name);
}

/** Gives the value when it is an unsigned integer of 16 bits. */
export function uint16(value: number | undefined, name: string): number {
  return checked(value, 0xffff, name);
}

/** Gives the value when it is an unsigned integer of 32 bits. */
export function uint32(value: number | undefined, name: string): number {
  return checked(value, 0xffff_ffff, name);
}

/** Gives the value when it is an unsigned integer of 64 bits, exact or not. */
export function uint64(value: number | undefined, name: string): number {
  // The largest number below 2^64.
  return checked(value, 0xffff_ffff_ffff_f800, name);
}

function checked(value: number | undefined, highest: number, name: string): number {
  if (value !== undefined && Number.isInteger(value) && value >= 0 && value <= highest) return value;
  throw new UnencodableError(name, `it must be an integer from 0 to ${highest}, not ${String(value)}`);
}

/** Numbers from 0 upwards: payloads that can be counted. */
export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

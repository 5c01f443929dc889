/** Takes line ends out of a name, as RabbitMQ does with those in declarations and bindings. */
export function withoutLineEnds(name: string): string {
  return /[\r\n]/.test(name) ? name.replaceAll(/[\r\n]/g, '') : name;
}

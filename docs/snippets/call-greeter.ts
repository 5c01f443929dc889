// #region script
import { connect } from 'mycel';
import type { Greeter } from './greeter.ts';

await using bus = await connect();
console.log(await bus.rpc<Greeter>('greeter').greet('Ada'));
// #endregion script

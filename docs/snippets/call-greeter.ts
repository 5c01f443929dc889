// #region script
import { connect } from 'mycel';
import type { Greeter } from './greeter.ts';

await using bus = await connect('amqp://guest:guest@127.0.0.1:5672/');
console.log(await bus.rpc<Greeter>('greeter').greet('Ada'));
// #endregion script

import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { decorateMethod } from '../decorate.mjs';
import { acknowledge } from './start-service.mjs';

/** Echoes each call; the broker took it as done when it was delivered. */
export class AutoAckEcho {
  echo(payload) {
    return payload;
  }
}
decorateMethod(AutoAckEcho, 'echo', [MessagePattern('echo')], [Payload()]);

/** Echoes each call and acknowledges it, before the reply: a handler that returns its reply cannot do it later. */
export class AckingEcho {
  echo(payload, context) {
    acknowledge(context);
    return payload;
  }
}
decorateMethod(AckingEcho, 'echo', [MessagePattern('echo')], [Payload(), Ctx()]);

import { rpc, service } from 'mycel';
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';

// #region libraries
@service('shapes')
export class ShapesService {
  @rpc({ params: [z.number().positive()], returns: z.number() })
  circle(radius: number): number {
    return Math.PI * radius ** 2;
  }

  @rpc({ params: [v.number(), v.optional(v.number(), 1)], returns: v.number() })
  rectangle(width: number, height: number): number {
    return width * height;
  }

  @rpc({ params: type({ side: 'number > 0' }), returns: type('number') })
  square({ side }: { side: number }): number {
    return side ** 2;
  }
}
// #endregion libraries

// #region definition
import { defineEvent } from 'mycel';
import { z } from 'zod';

export const OrderPlaced = defineEvent(
  'orders', // the service that dispatches it
  'order.placed', // its type: words with dots between them
  z.object({ id: z.string(), total: z.number(), express: z.boolean().default(false) }),
);
// #endregion definition

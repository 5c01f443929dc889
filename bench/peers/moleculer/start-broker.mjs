import { ServiceBroker } from 'moleculer';

/** Starts a node as the documentation shows, or tuned. */
export async function startBroker({ uri, namespace, nodeID, prefetch, isTuned }, services = []) {
  const broker = new ServiceBroker({
    namespace,
    nodeID,
    logLevel: 'error',
    ...(isTuned ? tuned(uri, prefetch) : { transporter: uri }),
  });
  for (const service of services) broker.createService(service);
  await broker.start();
  return broker;
}

/**
 * The prefetch is 1 by default. Without its own balancer an action and an event have each a queue that their consumers
 * share, and are acknowledged. With Nagle on, as Node has it, small messages wait for each other. The internal services would leave
 * queues for ever.
 */
function tuned(url, prefetch) {
  return {
    disableBalancer: true,
    internalServices: false,
    transporter: {
      type: 'AMQP',
      options: { url, prefetch, messageOptions: { persistent: true }, socketOptions: { noDelay: true } },
    },
  };
}

/** A service that echoes each call. */
export const echoService = {
  name: 'echo',
  actions: { echo: ({ params }) => params },
};

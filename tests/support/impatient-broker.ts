/** For `rabbitmqctl eval`: has channels opened from now on end consumers that do not acknowledge within five seconds. */
export const impatience =
  'application:set_env(rabbit, consumer_timeout, 5000), application:set_env(rabbit, channel_tick_interval, 500).';

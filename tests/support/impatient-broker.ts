/** For `rabbitmqctl eval`: has channels opened from now on end consumers that do not acknowledge within a second. */
export const impatience =
  'application:set_env(rabbit, consumer_timeout, 1000), application:set_env(rabbit, channel_tick_interval, 500).';

// A service with one rpc, in plain JavaScript, as a build leaves it.
import { defineService, rpc } from 'mycel';

class EchoService {
  echo(value) {
    return value;
  }
}

export const echoService = defineService(EchoService, 'bench_echo', { echo: rpc() });

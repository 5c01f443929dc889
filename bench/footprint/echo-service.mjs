// A service with one rpc, in plain JavaScript, as a build leaves it.
import { defineService, rpc } from 'mycel';

class EchoService {
  echo(value) {
    return value;
  }
}

export const echoService = defineService(EchoService, process.env.BENCH_SERVICE, { echo: rpc() });

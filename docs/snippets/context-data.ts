import { contextData, http, type HttpRequest, language, rpc, rpcProxy, service, userId, workerContext } from 'mycel';

// #region context
@service('front')
export class FrontService {
  back = rpcProxy<BackService>('back');

  @http('GET', '/hello', { contextData: (request) => ({ language: request.header('accept-language') }) })
  async hello(_request: HttpRequest): Promise<string> {
    return this.back.hello(); // the language goes along by itself
  }
}

@service('back')
export class BackService {
  language = language(); // string | undefined
  user = userId(); // unknown: nobody has checked it
  tenant = contextData('tenant');
  context = workerContext();

  @rpc hello(): string {
    this.context.data['greeted'] = true; // goes with the calls and events that follow
    return `${this.language === 'de' ? 'Hallo' : 'Hello'} ${typeof this.tenant === 'string' ? this.tenant : 'nobody'}`;
  }
}
// #endregion context

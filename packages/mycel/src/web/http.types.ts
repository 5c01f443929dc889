// What the compiler says of `@http`: this file is checked, never run.
import { expectTypeOf } from 'vitest';
import { service } from '../core/service.ts';
import { http } from './http.ts';
import type { HttpRequest } from './http-request.ts';
import type { RuleParams } from './rule-params.ts';

expectTypeOf<RuleParams<'/<int:x>/<float:y>'>>().toEqualTypeOf<{ x: number; y: number }>();
expectTypeOf<RuleParams<'/<a>/<string(length=2):b>/<path:c>'>>().toEqualTypeOf<{ a: string; b: string; c: string }>();
expectTypeOf<RuleParams<'/<int(min=1, max=9):n>-<uuid:id>'>>().toEqualTypeOf<{ n: number; id: string }>();
expectTypeOf<RuleParams<'/<any(red, blue):colour>'>>().toEqualTypeOf<{ colour: 'red' | 'blue' }>();
expectTypeOf<RuleParams<string>>().toEqualTypeOf<Record<string, string | number>>();

@service('api')
export class Api {
  @http('GET', '/math/add/<int:x>/<int:y>')
  add(_request: HttpRequest, { x, y }: { x: number; y: number }): number {
    return x + y;
  }

  @http('GET', '/colour/<any(red, blue):c>/<string(length=2):cc>/<path:rest>')
  colour(_request: HttpRequest, params: { c: string; cc: string; rest: string }): unknown {
    return params;
  }

  @http('GET,POST', '/plain')
  plain(): number {
    return 1;
  }

  @http(['PUT', 'PATCH'], '/plain', { status: 201 })
  put(request: HttpRequest): Promise<unknown> {
    return request.json();
  }

  // @ts-expect-error y is a number
  @http('GET', '/bad/<int:x>/<int:y>')
  wrongType(_request: HttpRequest, params: { x: number; y: string }): unknown {
    return params;
  }

  // @ts-expect-error there is no such parameter
  @http('GET', '/users/<id>')
  wrongName(_request: HttpRequest, params: { user: string }): unknown {
    return params;
  }

  // @ts-expect-error an unknown converter
  @http('GET', '/users/<integer:id>')
  wrongConverter(): number {
    return 1;
  }

  // @ts-expect-error a rule begins with a slash
  @http('GET', 'users')
  noSlash(): number {
    return 1;
  }

  // @ts-expect-error an unknown method
  @http('FETCH', '/users')
  wrongMethod(): number {
    return 1;
  }

  // @ts-expect-error an unknown method in a list
  @http('GET,FETCH', '/users')
  wrongMethods(): number {
    return 1;
  }

  // @ts-expect-error a static method is no entrypoint
  @http('GET', '/static')
  static notHere(): number {
    return 1;
  }
}

import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import type { Scope } from '../vocabulary/scope.js';

/** The metadata key under which a route keeps its scope. */
export const REQUIRED_SCOPE = 'novitai:required-scope';

/** The name of the API keys in the OpenAPI document. */
export const API_KEY_SECURITY = 'apiKey';

/** The scope that a request to the route, or to all routes of the class, needs. Written into the OpenAPI document too. */
export const RequiresScope = (scope: Scope): ClassDecorator & MethodDecorator =>
  applyDecorators(SetMetadata(REQUIRED_SCOPE, scope), ApiSecurity(API_KEY_SECURITY, [scope]));

import { claimName, issuerUrl, scopeWords, shortText } from '../kinds.js';
import type { SettingGroup } from '../setting-group.js';

export const OIDC_SETTINGS: SettingGroup = {
  title: 'Tokens of an identity provider (OpenID Connect)',
  settings: [
    {
      name: 'OIDC_ISSUER',
      goesTo: 'oidc.issuer',
      doc: 'The identity provider whose JWTs are accepted beside API keys, exactly as in their claim iss. Its keys are found by OpenID discovery. While this is set, the service asks for a token or a key, even without any key.',
      optional: true,
      ...issuerUrl,
    },
    {
      name: 'OIDC_AUDIENCE',
      goesTo: 'oidc.audience',
      doc: 'What the claim aud of a token must contain: the name of this service at the provider. Needed with OIDC_ISSUER.',
      optional: true,
      ...shortText,
    },
    {
      name: 'OIDC_SCOPES_CLAIM',
      goesTo: 'oidc.scopesClaim',
      doc: 'The claim with the scopes: words between spaces, or a list. A name with dots is also a path, such as realm_access.roles.',
      default: 'scope',
      ...claimName,
    },
    {
      name: 'OIDC_SCOPE_WORDS',
      goesTo: 'oidc.scopeWords',
      doc: 'Scopes for words of the provider that are not scopes of this service, such as roles or groups.',
      default: '',
      ...scopeWords,
    },
    {
      name: 'OIDC_PROJECT_CLAIM',
      goesTo: 'oidc.projectClaim',
      doc: 'The claim with the name or id of the project that a token sees. With this setting a token without the claim is refused, and no token has scopes of operators. Without this setting tokens see all projects.',
      optional: true,
      ...claimName,
    },
  ],
};

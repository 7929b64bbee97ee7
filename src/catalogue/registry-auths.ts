import { DomainError } from '../errors/domain-error.js';
import {
  NovitaUnavailable,
  type ActionOutcome,
  type NewRegistryAuth,
  type NovitaClient,
  type RegistryAuth,
} from '../novita-api/novita-client.js';
import type { Catalogue } from './catalogue.js';
import { savedAuth } from './domain/saved-auth.js';

type Refused = Extract<ActionOutcome, { kind: 'rejected' }>;

/** Registry credentials are kept at Novita only. The password passes through to Novita, and is neither stored nor told. */
export class RegistryAuths {
  constructor(
    private readonly novita: NovitaClient,
    private readonly catalogue: Catalogue,
  ) {}

  async create(wanted: NewRegistryAuth): Promise<RegistryAuth> {
    const before = await this.listUnchanged();
    const outcome = await this.novita.saveRegistryAuth(wanted);
    this.catalogue.noteRegistryAuthsChange();
    if (outcome.kind === 'not-sent') throw unchanged(outcome.why);
    if (outcome.kind === 'rejected') throw refused(outcome);
    const made = savedAuth(before, await this.listAfterChange(), wanted);
    if (made === null) throw uncertain();
    return made;
  }

  /** @returns the credential as it was */
  async delete(registryAuthId: string): Promise<RegistryAuth> {
    const found = (await this.listUnchanged()).find((auth) => auth.registryAuthId === registryAuthId);
    if (found === undefined) throw notFound(registryAuthId);
    const outcome = await this.novita.deleteRegistryAuth(registryAuthId);
    this.catalogue.noteRegistryAuthsChange();
    switch (outcome.kind) {
      case 'acknowledged':
        return found;
      case 'not-found':
        throw notFound(registryAuthId);
      case 'not-sent':
        throw unchanged(outcome.why);
      case 'ambiguous':
        throw uncertain();
      case 'rejected':
        throw outcome.rejection.reason === 'IMAGE_AUTH_IN_USE'
          ? new DomainError(
              'REGISTRY_AUTH_IN_USE',
              `An instance of the Novita account uses the registry credential "${registryAuthId}".`,
            )
          : refused(outcome);
    }
  }

  private async listUnchanged(): Promise<RegistryAuth[]> {
    try {
      return await this.novita.listRegistryAuths();
    } catch (error) {
      throw error instanceof NovitaUnavailable ? unchanged(error.message) : error;
    }
  }

  private async listAfterChange(): Promise<RegistryAuth[]> {
    try {
      return await this.novita.listRegistryAuths();
    } catch (error) {
      throw error instanceof NovitaUnavailable ? uncertain() : error;
    }
  }
}

const unchanged = (why: string): DomainError =>
  new DomainError('NOVITA_UNAVAILABLE', `Novita cannot be asked: ${why}. No registry credential was changed.`);

const uncertain = (): DomainError =>
  new DomainError(
    'REGISTRY_AUTH_UNCERTAIN',
    'Novita did not answer clearly, so the registry credential may be stored or not.',
  );

const notFound = (registryAuthId: string): DomainError =>
  new DomainError('REGISTRY_AUTH_NOT_FOUND', `Novita has no registry credential "${registryAuthId}".`);

/** Novita's sentence is not told, since it may repeat the password. */
const refused = ({ rejection: { reason, httpStatus } }: Refused): DomainError => {
  const said = typeof reason === 'string' ? reason : `HTTP ${httpStatus}`;
  return new DomainError('REGISTRY_AUTH_REFUSED', `Novita refused the registry credential: ${said}.`);
};

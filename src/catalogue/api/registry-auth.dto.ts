import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { TextField } from '../../http/fields.js';

/** Novita does not say the id of what it stored: it is found by name and user, so both must come back unchanged. */
const VISIBLE = /^[\x21-\x7e]+$/;

@ApiSchema({ name: 'CreateRegistryAuth', description: 'A credential for an image registry.' })
export class CreateRegistryAuthDto {
  /** The registry's host. Several credentials may have the same. */
  @TextField({ least: 1, most: 255, pattern: VISIBLE, example: 'docker.io' })
  name!: string;

  /** Who pulls the image. */
  @TextField({ least: 1, most: 511, pattern: VISIBLE, example: 'example' })
  username!: string;

  /** The password or token. It is handed to Novita, and neither stored here nor shown again. */
  @TextField({ least: 1, most: 1024, example: 'not-a-real-password', isWriteOnly: true })
  password!: string;
}

@ApiSchema({ name: 'RegistryAuth', description: 'A credential for an image registry, without its password.' })
export class RegistryAuthDto {
  /** What to send as `registryAuthId`. */
  @ApiProperty({ example: '1203' })
  id!: string;

  /** The registry's host. */
  @ApiProperty({ example: 'docker.io' })
  name!: string;

  /** Who pulls the image. */
  @ApiProperty({ example: 'example' })
  username!: string;
}

@ApiSchema({ name: 'RegistryAuthList', description: 'Registry credentials of the Novita account.' })
export class RegistryAuthListDto {
  /** Every credential. */
  data!: RegistryAuthDto[];

  /** When Novita said so. */
  @ApiProperty({ format: 'date-time', example: '2026-01-01T12:00:00.000Z' })
  observedAt!: string;
}

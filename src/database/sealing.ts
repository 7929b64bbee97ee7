import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals text so that the database holds no readable secret: AES-256-GCM under a key derived from the deployment's secret.
 * The context (`table|row|field`) is authenticated, so that a sealed text copied to another place does not open.
 */
export class Sealing {
  private readonly key: Buffer;

  constructor(deploymentSecret: string) {
    this.key = Buffer.from(hkdfSync('sha256', deploymentSecret, '', 'novitai sealing v1', 32));
  }

  seal(text: string, context: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}:${sealed.toString('base64')}`;
  }

  /** Throws when the text was sealed under another secret, for another context, or was changed. */
  open(sealed: string, context: string): string {
    const [version, body = ''] = sealed.split(':', 2);
    if (version !== VERSION) throw new Error(`sealed by an unknown version (${version ?? ''})`);
    const bytes = Buffer.from(body, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return text.toString('utf8');
  }
}

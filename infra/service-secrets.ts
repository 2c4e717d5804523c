import { type Config, type Output, RunError } from '@pulumi/pulumi';
import type { ServiceSecrets } from './platform.ts';
import type { Settings } from './settings.ts';

/** What a secret has to be, said without repeating one, and what to write to have one. */
export interface SecretForm {
  takes(value: string): boolean;
  readonly advice: string;
  /** After `pulumi config set --secret KEY`. */
  readonly example: string;
}

/**
 * The service's own secrets, from the stack's encrypted configuration: the same keys on every cloud. Each is looked at as the
 * service does before it starts: in a preview, not when the migration finds it unfit.
 */
export function serviceSecretsFrom(config: Config, { service }: Pick<Settings, 'service'>): ServiceSecrets {
  return {
    webhook: wellFormed(config, 'webhookSecret', WEBHOOK_SECRET),
    storageWebhook: wellFormed(config, 'storageWebhookSecret', LONG_SECRET),
    jwt: service.tokens.kind === 'secret' ? wellFormed(config, 'jwtSecret', LONG_SECRET) : null,
  };
}

/** What the transcoder's events are known by. */
export function transcoderWebhookSecret(config: Config): Output<string> {
  return wellFormed(config, 'transcoderWebhookSecret', LONG_SECRET);
}

/**
 * A secret of the configuration, as it was given. Throws where it is missing; applied, it throws one line that names the key and
 * never the value where it has another form.
 */
export function wellFormed(
  config: Config,
  key: string,
  { takes, advice, example }: SecretForm,
): Output<string> {
  return config.requireSecret(key).apply((value) => {
    if (takes(value)) return value;
    // Told without the stack of calls that an Error comes with here.
    throw new RunError(`${key} ${advice}: pulumi config set --secret ${key} ${example}`);
  });
}

/** In UTF-8 and without blanks around it, which the service takes off its variables. */
const LONG_SECRET: SecretForm = {
  takes: (value) => Buffer.byteLength(value.trim()) >= 32,
  advice: 'must hold 32 bytes or more',
  example: '"$(openssl rand -base64 48)"',
};

/** Standard Webhooks: base64 of 24 to 64 bytes; the service takes it without its prefix too. */
const WEBHOOK_SECRET: SecretForm = {
  takes: (value) => {
    const base64 = /^(?:whsec_)?([A-Za-z0-9+/]+={0,2})$/.exec(value.trim())?.[1] ?? '';
    const { length } = Buffer.from(base64, 'base64');
    return length >= 24 && length <= 64;
  },
  advice: 'must be whsec_ and 24 to 64 random bytes in base64',
  example: '"whsec_$(openssl rand -base64 32)"',
};

/** The key of Coconut, where the stack reads it. */
export const COCONUT_API_KEY: SecretForm = {
  takes: (value) => value.trim() !== '',
  advice: 'must be the key of a Coconut account',
  example: 'k-...',
};

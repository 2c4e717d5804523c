import type { Config, Output } from '@pulumi/pulumi';
import type { ServiceSecrets } from './platform.ts';
import type { Settings } from './settings.ts';

/**
 * The service's own secrets, from the stack's encrypted configuration: the same keys on every cloud.
 * `pulumi config set --secret webhookSecret "whsec_$(openssl rand -base64 32)"`, the others `openssl rand -base64 48`.
 */
export function serviceSecretsFrom(config: Config, { service }: Pick<Settings, 'service'>): ServiceSecrets {
  return {
    webhook: config.requireSecret('webhookSecret'),
    storageWebhook: config.requireSecret('storageWebhookSecret'),
    jwt: service.tokens.kind === 'secret' ? config.requireSecret('jwtSecret') : null,
  };
}

/** What the transcoder's events are known by. */
export function transcoderWebhookSecret(config: Config): Output<string> {
  return config.requireSecret('transcoderWebhookSecret');
}

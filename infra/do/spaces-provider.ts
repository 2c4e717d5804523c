import * as digitalocean from '@pulumi/digitalocean';
import { Config } from '@pulumi/pulumi';

/**
 * Buckets are made with a Spaces key, not with the API token, and only a key for everything may make them. It is made
 * here, by the token, used by this stack alone, and goes with it: nobody has to make one by hand or keep it.
 */
export function spacesProvider(name: string): digitalocean.Provider {
  const key = new digitalocean.SpacesKey(`${name}-stack`, {
    grants: [{ bucket: '', permission: 'fullaccess' }],
  });
  const token = new Config('digitalocean').getSecret('token');
  return new digitalocean.Provider(`${name}-spaces`, {
    // Left out, the provider takes DIGITALOCEAN_TOKEN, as the default one does.
    ...(token && { token }),
    spacesAccessId: key.accessKey,
    spacesSecretKey: key.secretKey,
  });
}

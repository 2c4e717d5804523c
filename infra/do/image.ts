/** Where App Platform pulls from. */
export interface ImageSource {
  readonly registryType: 'DOCR' | 'GHCR' | 'DOCKER_HUB';
  /** Owner or organisation; DigitalOcean's own registry is the account's and is not named. */
  readonly registry: string | null;
  readonly repository: string;
  readonly version: { readonly digest: string } | { readonly tag: string };
}

const HOSTS = {
  'registry.digitalocean.com': 'DOCR',
  'ghcr.io': 'GHCR',
  'docker.io': 'DOCKER_HUB',
} as const;

/** `HOST/OWNER/REPOSITORY@sha256:...` or `:TAG`. By digest for preference: a tag may be another image tomorrow. */
const REFERENCE =
  /^(registry\.digitalocean\.com|ghcr\.io|docker\.io)\/([^/@:]+)\/([^@:]+)(?:@(sha256:[0-9a-f]{64})|:([\w][\w.-]{0,127}))$/;

/** Takes an image's reference apart. Throws one line for what App Platform cannot pull. */
export function imageSource(reference: string): ImageSource {
  const [, host, owner, repository, digest, tag] = REFERENCE.exec(reference) ?? [];
  if (host === undefined || owner === undefined || repository === undefined)
    throw new Error(
      `image must be such as ghcr.io/OWNER/sluice@sha256:DIGEST, at ${Object.keys(HOSTS).join(', ')}; given: ${reference}`,
    );
  const registryType = HOSTS[host as keyof typeof HOSTS];
  return {
    registryType,
    registry: registryType === 'DOCR' ? null : owner,
    repository,
    version: digest === undefined ? { tag: tag ?? '' } : { digest },
  };
}

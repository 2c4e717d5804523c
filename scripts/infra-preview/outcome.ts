/**
 * What the engine made of one stack: `previewed` all of it; `no language host`, `no plugin` or `no credentials` of the
 * cloud, without which it cannot go on; `failed`, which is a fault of the program or of the configuration.
 */
export type Outcome = 'previewed' | 'no language host' | 'no plugin' | 'no credentials' | 'failed';

const NO_LANGUAGE_HOST = /no language plugin '[^']+' found/;

const NO_PLUGIN =
  /no resource plugin '[^']+' found|could not (?:find|load|download) (?:the )?(?:resource )?plugin|failed to (?:load|install|download) (?:resource )?plugin|error downloading provider|plugin .{0,80}not installed/i;
const NO_CREDENTIALS =
  /no valid credential sources|unable to (?:locate|find) credentials|failed to refresh cached credentials|InvalidClientTokenId|ExpiredToken|must provide a DigitalOcean token|Unable to authenticate you|401 \(request/i;

/** Judges an ended `pulumi preview` by its exit code and what it said. */
export function outcomeOf(exitCode: number | null, said: string): Outcome {
  if (exitCode === 0) return 'previewed';
  if (NO_LANGUAGE_HOST.test(said)) return 'no language host';
  if (NO_PLUGIN.test(said)) return 'no plugin';
  if (NO_CREDENTIALS.test(said)) return 'no credentials';
  return 'failed';
}

/** What somebody has to know who reads no more than this. */
export const MEANING: Readonly<Record<Outcome, string>> = {
  previewed: 'the engine and the cloud’s plugin took all of it; nothing was made',
  'no language host':
    'the engine read the configuration and ran nothing: it comes without pulumi-language-nodejs. Install all of Pulumi',
  'no plugin':
    'the engine ran the program until its first resource; without the cloud’s plugin it cannot check names, types and values of resources, nor what comes after. Get it by: pulumi plugin install resource',
  'no credentials':
    'the engine and the plugin ran; what the program asks of the cloud (zones, the account) was not answered, so what depends on it was not checked. Give it credentials that may read',
  failed: 'the program or its configuration is at fault; what was said stands above',
};

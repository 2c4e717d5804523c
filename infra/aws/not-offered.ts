import type { Settings } from '../settings.ts';

/** Keys that ask for what this stack does not make, each with what to do instead. */
const NOT_OFFERED: Readonly<Record<string, { isAsked: (settings: Settings) => boolean; instead: string }>> = {
  'userPool with jwtJwksUrl': {
    isAsked: ({ extras, service }) => extras.userPool && service.tokens.kind === 'keys',
    instead: 'tokens have one issuer: leave one of the two out',
  },
  transcoderFallback: {
    isAsked: ({ transcoder, service: { transcoderFallback } }) =>
      transcoderFallback !== null && transcoderFallback !== 'ffmpeg' && transcoderFallback !== transcoder,
    instead: 'the fallback is ffmpeg',
  },
};

/** Refuses a configuration that would quietly get less than it says. Throws one line for all of it. */
export function refuseNotOffered(settings: Settings): void {
  const refused = Object.entries(NOT_OFFERED).filter(([, { isAsked }]) => isAsked(settings));
  if (refused.length === 0) return;
  throw new Error(
    `Not offered on AWS: ${refused.map(([key, { instead }]) => `${key} (${instead})`).join('; ')}`,
  );
}

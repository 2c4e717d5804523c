export const KEYS = { local: 'local-secret' };
export const BUCKET = 'media';

/**
 * A name as transcoders give them: `master_1080p_00001.cmfv`, `poster.0000001.jpg`. It begins with no dot, so that
 * nothing climbs, and holds nothing that a file name of ours or of a provider has no use for.
 */
const NAME = '[A-Za-z0-9_-][A-Za-z0-9._=,:@+-]*';

/** A file with an extension, at the top of a version or in folders below it; as the source of a pattern. */
export const PUBLISHED_PATH = `(?:${NAME}/){0,4}${NAME}\\.[A-Za-z0-9]+`;

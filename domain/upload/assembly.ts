import type { ClientPart } from './compare-parts.ts';
import type { UploadSession } from './upload-session.entity.ts';

/** What a completion needs to know about itself while storage works. */
export interface Assembly {
  readonly session: UploadSession;
  readonly clientParts: readonly ClientPart[];
  /** Throws once somebody else has taken the completion over. */
  readonly assertClaimed: () => Promise<void>;
}

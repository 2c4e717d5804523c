import type { ArchiveEntry } from '#providers/archive/archive-reader.ts';
import { DomainError } from '../errors.ts';
import type { FailReason } from '../fail-reasons.ts';
import type { ArchiveSettings } from '../settings.ts';
import { acceptSource, extensionOf } from '../upload/accept-source.ts';
import type { UploadPolicy } from '../upload/upload-policies.ts';
import { baseNameOf, leadsElsewhere } from './entry-names.ts';

/** What becomes of an entry, as far as the directory tells. `PENDING` is to be unpacked. */
export type Judgement =
  | { readonly state: 'PENDING' | 'IGNORED'; readonly failReason: null }
  | { readonly state: 'REFUSED'; readonly failReason: FailReason };

/** What systems put into archives by themselves; their owner knows nothing of it. */
const LITTER = ['.ds_store', 'thumbs.db', 'desktop.ini'];
const ARCHIVES =
  'zip zipx jar war apk rar 7z tar tgz tbz tbz2 txz gz bz2 xz zst lz lzma lz4 cab iso dmg arj ace'.split(' ');

const PENDING: Judgement = { state: 'PENDING', failReason: null };
const IGNORED: Judgement = { state: 'IGNORED', failReason: null };
const refused = (failReason: FailReason): Judgement => ({ state: 'REFUSED', failReason });

/** Each entry by itself, so that a bad one takes no good one with it. Nothing is unpacked for it. */
export function judgeEntry(entry: ArchiveEntry, policy: UploadPolicy, limits: ArchiveSettings): Judgement {
  const { name, packedBytes, unpackedBytes } = entry;
  const isLitter =
    LITTER.includes(baseNameOf(name).toLowerCase()) || /(^|[/\\])(__MACOSX[/\\]|\._)/.test(name);
  if (isLitter && !entry.isLink) return IGNORED;
  if (leadsElsewhere(name) || entry.isLink) return refused('ARCHIVE_PATH_FORBIDDEN');
  if (entry.isFolder) return IGNORED;
  if (entry.damage !== null) return refused('ARCHIVE_ENTRY_DAMAGED');
  if (ARCHIVES.includes(extensionOf(name))) return refused('ARCHIVE_NESTED');
  const byPolicy = refusalByPolicy(entry, policy);
  if (byPolicy === 'SOURCE_FORMAT_FORBIDDEN') return refused(byPolicy);
  if (entry.isEncrypted) return refused('ARCHIVE_ENCRYPTED');
  if (!entry.isReadable) return refused('ARCHIVE_METHOD_UNSUPPORTED');
  if (byPolicy) return refused(byPolicy);
  return unpackedBytes > packedBytes * limits.maxRatio ? refused('ARCHIVE_BOMB') : PENDING;
}

/** Why a policy does not take an entry, by its name and by the length that it declares; null when it does. */
export function refusalByPolicy(
  { name, unpackedBytes }: Pick<ArchiveEntry, 'name' | 'unpackedBytes'>,
  policy: UploadPolicy,
): FailReason | null {
  try {
    acceptSource(policy, { mimeType: '', sizeBytes: unpackedBytes, fileName: name });
    return null;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    if (error.code === 'empty_file') return 'SOURCE_EMPTY';
    return error.code === 'file_too_large' ? 'UPLOAD_TOO_LARGE' : 'SOURCE_FORMAT_FORBIDDEN';
  }
}

/** What all entries would unpack to, by their own account. */
export function unpackedTotal(entries: readonly ArchiveEntry[]): number {
  return entries.reduce((sum, { unpackedBytes }) => sum + unpackedBytes, 0);
}

/**
 * Why an archive that gave no video is FAILED: what all its entries share, when the archive itself is to blame, so that
 * one with a password says so.
 */
export function reasonForNothing(reasons: readonly FailReason[]): FailReason {
  const [first] = reasons;
  const isShared = first?.startsWith('ARCHIVE_') && reasons.every((reason) => reason === first);
  return isShared && first ? first : 'ARCHIVE_EMPTY';
}

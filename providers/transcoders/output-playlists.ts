/** One rendition that a master playlist names. */
export interface ListedRendition {
  /** The whole object key of its media playlist. */
  readonly key: string;
  readonly bandwidthBitsPerSecond: number;
  readonly width: number | null;
  readonly height: number | null;
  /** RFC 6381, as the playlist has it. */
  readonly codecs: string | null;
}

/**
 * What adapters of providers that work elsewhere need to know of their outputs, read from storage: they name their files
 * themselves. Nothing is verified here; that is done before anything is published.
 */
export interface OutputPlaylists {
  /**
   * The renditions of a master playlist, highest bandwidth first; its audio groups apart. Throws TranscodeFailure when
   * there is no such playlist or it cannot be read as one, StorageError.
   */
  read(masterKey: string): Promise<{
    readonly renditions: readonly ListedRendition[];
    readonly audioKeys: readonly string[];
  }>;
  /** The keys with bytes under a prefix. */
  keysUnder(prefix: string): Promise<ReadonlySet<string>>;
}

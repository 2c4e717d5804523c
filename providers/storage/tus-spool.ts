/** As much is buffered already as may be: the sender has to come again later. */
export class SpoolFull extends Error {
  override readonly name = 'SpoolFull';
}

/** Room for one part while it arrives. Not in memory: a slow phone needs minutes for it, and there may be many. */
export interface SpooledPart {
  readonly sizeBytes: number;
  /** Throws SpoolFull when the disk is. */
  append(chunk: Uint8Array): Promise<void>;
  /** The whole part, in memory of its own. */
  bytes(): Promise<Buffer>;
  /** Gives the room back. Again is no error. */
  drop(): Promise<void>;
}

/** Where the parts of uploads through us wait, bounded in bytes. One for a process. */
export interface TusSpool {
  /**
   * Room for up to `maxBytes`, reserved at once. Throws SpoolFull.
   *
   * @param holder whose it is: what one holds never keeps out all others
   */
  open(maxBytes: number, holder?: string): Promise<SpooledPart>;
  /**
   * Runs `work`, which holds a whole part in memory, when fewer than a handful run already. Only ever for sending to
   * storage: whoever waits for a client in here lets slow clients stop all others.
   */
  sending<T>(work: () => Promise<T>): Promise<T>;
}

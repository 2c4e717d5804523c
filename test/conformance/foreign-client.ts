/** What a client says in the end. */
export interface ClientEnd {
  readonly outcome: 'done' | 'failed';
  /** What it shows to its user. */
  readonly message: string;
}

/** A published client with a file chosen, and the buttons that its user has. */
export interface ForeignClient extends AsyncDisposable {
  start(options: StartOptions): Promise<void>;
  /** Waits until it is done or shows an error. */
  ended(): Promise<ClientEnd>;
  /** Whether it still says neither. */
  isBusy(): Promise<boolean>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** After an error. */
  retry(): Promise<void>;
  /** Comes back as it would after a crash: nothing is left but what it keeps on disk, and the file is chosen again. */
  restart(): Promise<void>;
  /** Lets its timers believe that so much time has passed. */
  passSeconds(seconds: number): Promise<void>;
  /** What its device believes of the network; the network itself is broken elsewhere. */
  setOffline(offline: boolean): Promise<void>;
  /** Whether a request of it has failed and it believes that there is no network. False where it never asks. */
  seesOffline(): Promise<boolean>;
}

export interface StartOptions {
  /** Options of the plugin or of the uploader, as its own documentation has them. */
  readonly plugin: Readonly<Record<string, unknown>>;
  /** Uppy's `getChunkSize`, which a test cannot pass as a function. */
  readonly chunkSizeBytes?: number;
  /** Uppy's metadata of the file. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Has tus-js-client look for an earlier upload of the same file. */
  readonly findPrevious?: boolean;
}

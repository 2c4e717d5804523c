/** What the platform counts. Each alarm of a stack names one of these; docs/signals.md explains them. */
export interface Metrics {
  uploadsSigned(count: number): void;
  uploadCompleted(): void;
  uploadFailed(reason: string): void;
  /** Seconds that a video spent in a stage of the pipeline. */
  stageSeconds(
    stage: 'upload' | 'verify' | 'probe' | 'queue' | 'transcode' | 'publish',
    seconds: number,
  ): void;
  transcodeEnded(provider: string, outcome: string): void;
  webhookReceived(provider: string, result: 'accepted' | 'duplicate' | 'ignored' | 'refused'): void;
  /** One attempt, `exhausted` when no other follows; `disabled` beside it when its endpoint is called no more. */
  webhookSent(kind: 'standard' | 'ingest', result: 'delivered' | 'failed' | 'exhausted' | 'disabled'): void;
  transitionRefused(machine: string, from: string, to: string): void;
  deadLetter(task: string): void;
}

/** The package comes without types; this is as much of 3.0.2 as is used. */
declare module 'coconutjs' {
  /** Exactly one of the two is null. */
  type Callback = (answer: unknown, error: { error_code?: unknown; message?: unknown } | null) => void;

  class Client {
    constructor(apiKey: string, options: { endpoint: string });
    readonly Job: {
      create(job: object, callback: Callback): void;
      retrieve(jobId: string, callback: Callback): void;
    };
  }

  const coconut: { readonly Client: typeof Client };
  export default coconut;
}

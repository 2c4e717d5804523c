import http from 'node:http';
import https from 'node:https';
import { parentPort, workerData } from 'node:worker_threads';
import type { CoconutAccount, NumberedCall, NumberedReport } from './coconut-call.ts';
import { runCall } from './run-call.ts';

// The entry point of a thread that makes one call at a time; `isolated-thread.ts` starts and ends it.
const account = workerData as CoconutAccount;

// A connection that is kept may be closed by the server just when the next call is sent, and nobody could tell whether it
// arrived. These are the thread's own: Node loads its modules for each thread.
http.globalAgent = new http.Agent({ keepAlive: false });
https.globalAgent = new https.Agent({ keepAlive: false });

parentPort?.on('message', ({ number, request }: NumberedCall) => {
  runCall(account, request, (report) => parentPort?.postMessage({ number, report } satisfies NumberedReport));
});

import { parentPort, workerData } from 'node:worker_threads';
import type { CoconutAccount, CoconutRequest } from './coconut-call.ts';
import { runCall } from './run-call.ts';

// The entry point of a thread that lives for one call; `isolated-call.ts` starts and ends it.
const { account, request } = workerData as { account: CoconutAccount; request: CoconutRequest };
runCall(account, request, (report) => parentPort?.postMessage(report));

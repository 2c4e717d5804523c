import type { CallReport } from '#providers/transcoders/coconut/coconut-call.ts';
import {
  CallBroken,
  type CoconutAccount,
  type CoconutCall,
} from '#providers/transcoders/coconut/coconut-call.ts';
import { answerOf } from '#providers/transcoders/coconut/isolated-thread.ts';
import { runCall } from '#providers/transcoders/coconut/run-call.ts';

/** The same call in this very thread, where nock can answer it. Only for answers that coconutjs survives. */
export function directCall(account: CoconutAccount): CoconutCall {
  return (request) =>
    new Promise((resolve, reject) => {
      const reports: CallReport[] = [];
      runCall(account, request, (report) => {
        reports.push(report);
        if (report.kind !== 'answer' && report.kind !== 'error') return;
        try {
          resolve(answerOf(reports, 'it ended without an answer'));
        } catch (error) {
          reject(error instanceof CallBroken ? error : new Error('unexpected', { cause: error }));
        }
      });
    });
}

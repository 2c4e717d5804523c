/** Why a role cannot start, in one line for whoever started it: what is wrong and what to do. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
}

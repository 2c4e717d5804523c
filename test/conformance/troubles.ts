import { waitFor } from '#test/support/conditions.ts';
import {
  answer,
  cut,
  echo,
  edited,
  type Fault,
  hang,
  hold,
  lostAnswer,
  stall,
  twice,
} from '#test/support/faults.ts';
import { type Deployment, type Owner, SESSION_SECONDS } from './deployment.ts';
import type { TroubleName } from './expectations.ts';
import type { ForeignClient, StartOptions } from './foreign-client.ts';
import type { Place, Protocol } from './protocols.ts';
import { expiredUrl, falseSuccess, forbidden, requestTimeout, unavailable } from './s3-answers.ts';

const MIB = 1024 ** 2;

/** One upload that a trouble befalls. */
export interface Scene {
  readonly deployment: Deployment;
  readonly protocol: Protocol;
  readonly client: ForeignClient;
  readonly owner: Owner;
  readonly options: StartOptions;
}

export interface Trouble {
  /** Before the upload begins: what the network is going to do. */
  prepare(scene: Scene): void;
  /** While it runs. */
  meanwhile?(scene: Scene): Promise<void>;
  /** For uploads that have to outlive it. */
  readonly bearerLife?: string;
  readonly grantSeconds?: number;
}

const WEEK_SECONDS = 7 * 86_400;
export const LONG_GRANT_SECONDS = WEEK_SECONDS;
/** Less than a session lives, which is to outlive it. */
const SHORT_GRANT_SECONDS = 600;
/** Long enough to begin with, short enough to wait for. */
const SHORT_BEARER = '3s';

const at = (place: (protocol: Protocol) => Place, fault: Fault, times = 1): Trouble => ({
  prepare: (scene) => plant(scene, place(scene.protocol), fault, times),
});
const secondPart = (protocol: Protocol) => protocol.secondPart;
const middle = (protocol: Protocol) => protocol.middle;
const creation = (protocol: Protocol) => protocol.creation;
const completion = (protocol: Protocol) => protocol.completion;

/** Something that is done while the second part hangs, which is then never answered. */
const amid = (act: (scene: Scene) => Promise<void>): Trouble => ({
  ...at(secondPart, hang),
  async meanwhile(scene) {
    await untilMet(scene);
    await act(scene);
  },
});

/** Something that happens before the second part goes on its way. */
const before = (act: (scene: Scene) => Promise<void>): Trouble => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  return {
    ...at(secondPart, hold(released)),
    async meanwhile(scene) {
      await untilMet(scene);
      await act(scene);
      release();
    },
  };
};

/** Made anew for each upload. */
export const TROUBLES_BY_NAME: Readonly<Record<TroubleName, () => Trouble>> = {
  none: () => ({ prepare: () => undefined }),
  'expired-url': () => at(secondPart, expiredUrl),
  forbidden: () => at(secondPart, forbidden),
  'request-timeout': () => at(secondPart, requestTimeout),
  unavailable: () => at(secondPart, unavailable, 2),
  cut: () => at(secondPart, cut(3 * MIB)),
  hang: () => ({ ...at(secondPart, hang), meanwhile: untilMet }),
  // A client that minds how long its URL lives is told of a second, as nobody here can wait for a quarter of an hour.
  'hang-expires': () => ({
    prepare(scene) {
      plant(scene, scene.protocol.middle, edited({ expires: 1 }), 1);
      plant(scene, scene.protocol.secondPart, hang, 1);
    },
    meanwhile: untilMet,
  }),
  stall: () => ({ ...at(secondPart, stall(3 * MIB)), meanwhile: untilMet }),
  echo: () => at(secondPart, echo),
  'no-signature': () => at(middle, answer(500, '{"message":"Something went wrong"}')),
  'lost-creation': () => at(creation, lostAnswer),
  'lost-completion': () => at(completion, lostAnswer),
  replayed: () => ({
    prepare(scene) {
      scene.deployment.api.keepAlive(true);
      plant(scene, scene.protocol.completion, lostAnswer, 1);
    },
  }),
  'completed-twice': () => at(completion, twice),
  'missing-part': () => at(secondPart, falseSuccess),
  expired: () => before(async ({ deployment }) => deployment.passSeconds(2 * SESSION_SECONDS)),
  'login-ends': () => ({
    ...before(async ({ deployment, owner }) => {
      deployment.passSeconds(2 * SHORT_GRANT_SECONDS);
      await waitFor('the login to end', () => deployment.isLoggedOut(owner));
    }),
    bearerLife: SHORT_BEARER,
    grantSeconds: SHORT_GRANT_SECONDS,
  }),
  paused: () => amid(pauseAndResume),
  restarted: () =>
    amid(async ({ client, options }) => {
      await client.restart();
      await client.start(options);
    }),
  offline: () =>
    amid(async ({ client, deployment: { api, storage } }) => {
      await client.setOffline(true);
      for (const side of [api, storage]) side.goOffline();
      await waitFor('the client to notice', async () => api.refusedConnections > 0 || client.seesOffline());
      for (const side of [api, storage]) side.goOnline();
      await client.setOffline(false);
    }),
};

/** As a user does, whose fingers are slower than a connection that breaks. */
export async function pauseAndResume({ client, deployment, protocol }: Scene): Promise<void> {
  const { passages } = deployment[protocol.secondPart.side];
  await client.pause();
  await waitFor('what was under way to break off', async () => passages.every(({ isOver }) => isOver));
  await client.resume();
}

function plant({ deployment }: Scene, { side, ...matcher }: Place, fault: Fault, times: number): void {
  deployment[side].plant(fault, { ...matcher, times });
}

/** Until the second part has come to the proxy, most of it unless it is held. */
async function untilMet({ deployment, protocol }: Scene): Promise<void> {
  const { passages } = deployment[protocol.secondPart.side];
  await waitFor('the second part', async () =>
    passages.some(
      ({ fault, receivedBytes }) => fault === 'hold' || (fault !== null && receivedBytes > 2 * MIB),
    ),
  );
}

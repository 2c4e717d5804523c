import { REGIONS } from '#infra/do/regions.ts';
import type { Recorded } from '../recording.ts';
import { allOf, at, type Inputs, list, parsed, type Rule } from '../rules.ts';
import { liveUrlOf } from './recording.ts';

const specOf = ({ inputs }: Recorded) => at(inputs, 'spec');

/** The variables of an app as they are stored. */
export function variablesOf(app: Recorded): Record<string, string> {
  return Object.fromEntries(list(specOf(app), 'envs').map(({ key, value }) => [String(key), String(value)]));
}

/** The app that encodes and migrates, and the one beside it. */
function apps(resources: readonly Recorded[]) {
  const all = allOf(resources, 'App');
  const home = all.filter((app) => list(specOf(app), 'workers').length > 0);
  return { all, home, beside: all.filter((app) => !home.includes(app)) };
}

const oneHome: Rule = (resources) => {
  const { home, beside } = apps(resources);
  return [
    ...(home.length === 1 ? [] : [`${home.length} apps have workers`]),
    ...(beside.length === 1 ? [] : [`${beside.length} apps are beside it`]),
    ...beside
      .filter((app) => list(specOf(app), 'jobs').length > 0)
      .map(({ name }) => `App ${name}: migrates as well`),
  ];
};

/** Nobody may put videos where the home's processes do not look yet, nor look for the database before a way leads there. */
const homeFirst: Rule = (resources) =>
  apps(resources).beside.flatMap(({ name, after }) =>
    [...apps(resources).home, ...allOf(resources, 'VpcPeering'), ...allOf(resources, 'DatabaseFirewall')]
      .filter((first) => !after.some((each) => each.endsWith(`${first.type} ${first.name}`)))
      .map((first) => `App ${name}: does not wait for ${first.type} ${first.name}`),
  );

/** App Platform would prove a domain that does not lead to it, and no two apps can have the same. */
const noDomains: Rule = (resources) =>
  apps(resources)
    .all.filter((app) => list(specOf(app), 'domainNames').length > 0)
    .map(({ name }) => `App ${name}: holds the domain of the balancer`);

const OF_STORAGE = /^(?:S3_|DELIVERY$|SPACES_CDN_)/;

const storageIn = (variables: Inputs) =>
  JSON.stringify(
    Object.entries(variables)
      .filter(([name]) => OF_STORAGE.test(name))
      .sort(),
  );

/** What is one app's own storage is the other's second, to the letter: by its address videos say where they live. */
const eachOthersStorage: Rule = (resources) => {
  const { all } = apps(resources);
  return all.flatMap((app) => {
    const second = storageIn(parsed(variablesOf(app), 'SECOND_STORAGE'));
    const others = all.filter((each) => each !== app).map((each) => storageIn(variablesOf(each)));
    return others.includes(second) ? [] : [`App ${app.name}: its second storage is nobody's own`];
  });
};

/** Of two storages Coconut was given the home's: both regions decide by that who transcodes a video. */
const transcodedAtHome: Rule = (resources) => {
  const { home, beside } = apps(resources);
  const told = (all: readonly Recorded[], right: string | undefined) =>
    all
      .filter((app) => variablesOf(app).TRANSCODER_STORAGE !== right)
      .map((app) => `App ${app.name}: takes ${variablesOf(app).TRANSCODER_STORAGE} for Coconut's storage`);
  return [...told(home, undefined), ...told(beside, 'second')];
};

const OF_PLACE = ['SECOND_STORAGE', 'TRANSCODER_STORAGE'];

/** Everything but where new videos go: an API of another image or with other secrets would answer otherwise. */
const oneService: Rule = (resources) => {
  const same = (app: Recorded) =>
    JSON.stringify([
      list(specOf(app), 'services').map(({ image, instanceSizeSlug }) => [image, instanceSizeSlug]),
      Object.entries(variablesOf(app)).filter(([name]) => !OF_STORAGE.test(name) && !OF_PLACE.includes(name)),
    ]);
  return new Set(apps(resources).all.map(same)).size > 1 ? ['App: the regions differ'] : [];
};

/** What stands in a region is in the datacenter of that region's app; a slug of App Platform's is not one of Spaces. */
const inItsPlace: Rule = (resources) =>
  apps(resources).all.flatMap((app) => {
    const place = Object.entries(REGIONS).find(([, { app: slug }]) => slug === specOf(app).region);
    const own = variablesOf(app).S3_REGION;
    const vpc = allOf(resources, 'Vpc').find(({ name }) => list(specOf(app), 'vpcs')[0]?.id === `${name}-id`);
    return [
      ...(place?.[0] === own ? [] : [`App ${app.name}: stores its videos in ${own}`]),
      ...(vpc && vpc.inputs.region !== place?.[1].network
        ? [`App ${app.name}: its network is in ${vpc.inputs.region}`]
        : []),
    ];
  });

const joined: Rule = (resources) =>
  allOf(resources, 'VpcPeering').flatMap(({ name, inputs }) => {
    const ids = inputs.vpcIds as string[];
    const vpcs = allOf(resources, 'Vpc').filter((vpc) => ids.includes(`${vpc.name}-id`));
    const regions = new Set(vpcs.map((vpc) => vpc.inputs.region));
    const environments = new Set(vpcs.map((vpc) => vpc.inputs.description));
    return regions.size === 2 && environments.size === 1 && ids.length === 2
      ? []
      : [`VpcPeering ${name}: joins ${ids.join(' and ')}`];
  });

const everyNetworkJoined: Rule = (resources) =>
  allOf(resources, 'Vpc')
    .filter(({ name }) => {
      const ends = allOf(resources, 'VpcPeering').flatMap(({ inputs }) => inputs.vpcIds as string[]);
      return !ends.includes(`${name}-id`);
    })
    .map(({ name }) => `Vpc ${name}: is joined with nothing`);

/** A key to each storage for the service, so that one that got out can be taken back by itself; Coconut's to the home's. */
const keysApart: Rule = (resources) => {
  const [home] = apps(resources).home.map(variablesOf);
  return allOf(resources, 'SpacesKey').flatMap(({ name, inputs }) => {
    const buckets = list(inputs, 'grants').map(({ bucket }) => String(bucket));
    const regions = new Set(
      allOf(resources, 'SpacesBucket')
        .filter((bucket) => buckets.includes(`${bucket.name}-1a2b3c4`))
        .map((bucket) => bucket.inputs.region),
    );
    return [
      ...(regions.size > 1 ? [`SpacesKey ${name}: reaches both regions`] : []),
      ...(name.endsWith('-coconut') && buckets.join() !== home?.S3_MEDIA_BUCKET
        ? [`SpacesKey ${name}: reaches ${buckets.join()}`]
        : []),
    ];
  });
};

/** Each region by itself, and what the world calls: the balancer hides a region that is away. */
const allWatched: Rule = (resources) => {
  const targets = allOf(resources, 'UptimeCheck').map(({ inputs }) => inputs.target);
  const urls = apps(resources).all.flatMap((app) => [liveUrlOf(app.name), variablesOf(app).PUBLIC_URL]);
  return [...new Set(urls)]
    .filter((url) => !targets.includes(`${url}/health/live`))
    .map((url) => `UptimeCheck: nobody asks ${url}`);
};

const filed: Rule = (resources) => {
  const resourcesOf = allOf(resources, 'ProjectResources').flatMap(({ inputs }) => inputs.resources);
  return allOf(resources, 'SpacesBucket')
    .filter(({ name }) => !resourcesOf.includes(`do:space:${name}-1a2b3c4`))
    .map(({ name }) => `SpacesBucket ${name}: belongs to no project`);
};

/** What holds where there are two regions, by name. */
export const SECOND_RULES: Readonly<Record<string, Rule>> = {
  oneHome,
  homeFirst,
  noDomains,
  eachOthersStorage,
  transcodedAtHome,
  oneService,
  inItsPlace,
  joined,
  everyNetworkJoined,
  keysApart,
  allWatched,
  filed,
};

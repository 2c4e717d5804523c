import { type Node, parseWorkflow } from './workflow-text.ts';

type Members = Readonly<Record<string, Node>>;

export interface Step {
  readonly uses: string;
  readonly run: string;
  readonly with: Members;
}

export interface Job {
  readonly name: string;
  readonly members: Members;
  readonly permissions: Members;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly text: string;
  readonly members: Members;
  readonly jobs: readonly Job[];
}

const members = (node: Node | undefined): Members =>
  typeof node === 'object' && !Array.isArray(node) ? (node as Members) : {};
const list = (node: Node | undefined): readonly Node[] => (Array.isArray(node) ? node : []);
const text = (node: Node | undefined): string => (typeof node === 'string' ? node : '');

export function readWorkflow(source: string): Workflow {
  const root = members(parseWorkflow(source));
  const jobs = Object.entries(members(root.jobs)).map(([name, job]) => ({
    name,
    members: members(job),
    permissions: members(members(job).permissions),
    steps: list(members(job).steps).map((step) => ({
      uses: text(members(step).uses),
      run: text(members(step).run),
      with: members(members(step).with),
    })),
  }));
  return { text: source, members: root, jobs };
}

/** Who needs more than to read the code, and why there is no less. Everything else is a finding. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  'image.yml build': ['packages: write'],
  'image.yml join': ['packages: write'],
  'main.yml image': ['packages: write'],
  'release.yml image': ['packages: write'],
  'release.yml publish': ['contents: write'],
  'pull-request.yml preview': ['id-token: write'],
  'deploy.yml deploy': ['id-token: write', 'packages: read'],
  'main.yml deploy': ['id-token: write', 'packages: read'],
  'rollback.yml deploy': ['id-token: write', 'packages: read'],
};
const SAME_REPOSITORY = 'github.event.pull_request.head.repo.full_name == github.repository';
/** Its branches are ours, what they pin is strangers': nobody has looked at it yet. */
const NO_BOT = "github.event.pull_request.user.login != 'dependabot[bot]'";
/** By its full commit, its version in words beside it. */
const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;

/** What is wrong with a workflow, in one line each; nothing for a good one. */
export function findings(file: string, source: string): string[] {
  const workflow = readWorkflow(source);
  const found = [
    ...triggers(workflow),
    ...pins(workflow),
    ...workflow.jobs.flatMap((job) => jobFindings(file, job)),
  ];
  if (text(workflow.members.permissions) !== '{}') found.push('permissions of the workflow are not {}');
  if (file === 'pull-request.yml') found.push(...forkFindings(workflow));
  return found.map((finding) => `${file}: ${finding}`);
}

function triggers({ members: root }: Workflow): string[] {
  const on = members(root.on);
  const names = Object.keys(on);
  if (names.length === 0) return ['no trigger is named'];
  return names
    .filter((name) => !['pull_request', 'push', 'workflow_call', 'workflow_dispatch'].includes(name))
    .map((name) => `${name} runs with rights for code of strangers, or was not thought about`);
}

function pins({ text: source }: Workflow): string[] {
  return [...source.matchAll(/^\s*(?:- )?uses: (.+)$/gm)]
    .map(([, used = '']) => used)
    .filter((used) => !/^\.\/\.github\/workflows\/[\w-]+\.yml$/.test(used) && !PINNED.test(used))
    .map((used) => `${used} is not pinned by its commit with its version beside it`);
}

function jobFindings(file: string, { name, members: job, permissions, steps }: Job): string[] {
  const found: string[] = [];
  if (typeof job.permissions !== 'object') found.push('has no permissions of its own');
  const may = ['contents: read', ...(MAY[`${file} ${name}`] ?? [])];
  for (const [scope, access] of Object.entries(permissions))
    if (!may.includes(`${scope}: ${text(access)}`)) found.push(`may ${scope}: ${text(access)}`);
  if (job.uses === undefined) {
    if (!/^[1-9]\d?$/.test(text(job['timeout-minutes']))) found.push('has no timeout');
    if (/latest/.test(text(job['runs-on']))) found.push('runs on whatever is the latest');
    if (permissions['id-token'] !== undefined && job.environment === undefined)
      found.push('may take an identity and has no environment that restricts it');
  }
  for (const { uses, run, with: options } of steps) {
    if (run.includes('${{')) found.push(`writes an expression into a shell: ${run}`);
    if (uses.startsWith('actions/checkout@') && options['persist-credentials'] !== 'false')
      found.push('leaves its token in the checkout');
  }
  return found.map((finding) => `${name} ${finding}`);
}

/** Code of a fork, or what a bot proposes, must meet neither a secret nor a cloud. */
function forkFindings({ jobs }: Workflow): string[] {
  return jobs
    .filter(({ members: job, permissions }) => {
      const conditions = text(job.if).split(' && ');
      const isTrusted = [SAME_REPOSITORY, NO_BOT].every((condition) => conditions.includes(condition));
      const isPrivileged =
        /secrets[.:]|"secrets"/.test(JSON.stringify(job)) || permissions['id-token'] !== undefined;
      return isPrivileged && !isTrusted;
    })
    .map(({ name }) => `${name} gives secrets or an identity to code of forks or bots`);
}

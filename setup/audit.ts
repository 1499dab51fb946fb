import { CommandError, runCommand } from '../stack/run-command.ts';

/** What `npm audit --json` says, as far as it matters here. */
interface AuditReport {
  /** Absent when the registry did not answer. */
  vulnerabilities?: Record<string, { severity: string; via: (string | { title: string })[] }>;
  message?: string;
}

const GRAVE = ['high', 'critical'];
const COMMAND = ['audit', '--omit=dev', '--json', '--loglevel=silent', '--fetch-retries=0'];

/**
 * Asks the registry for known holes in what runs in production. A registry that does not answer says
 * nothing about the dependencies, so that is told and is no failure: or every check would hang on it.
 * @returns what to say of it
 * @throws Error naming each package with a hole of severity high or worse
 */
export async function auditDependencies(
  root: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const report = await askRegistry(root, env);
  if (!report.vulnerabilities) {
    return `NOT DONE, as the registry gave no answer (${report.message ?? 'no report'})`;
  }
  const found = Object.entries(report.vulnerabilities);
  const grave = found.filter(([, { severity }]) => GRAVE.includes(severity));
  if (grave.length === 0) return `found nothing grave, ${found.length} of less`;
  throw new Error(
    `Update these, or see "npm audit --omit=dev":\n${grave
      .map(
        ([name, { severity, via }]) => `  - ${name} (${severity}): ${via.map(titleOf).join('; ')}`,
      )
      .join('\n')}`,
  );
}

const titleOf = (via: string | { title: string }): string =>
  typeof via === 'string' ? `through ${via}` : via.title;

/** It also ends with an error when it has found something: what it printed tells. */
async function askRegistry(root: string, env: NodeJS.ProcessEnv): Promise<AuditReport> {
  const options = { env, cwd: root, timeoutMs: 60_000 };
  try {
    return parse(await runCommand('npm', COMMAND, options));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return parse(error.output);
  }
}

function parse(printed: string): AuditReport {
  try {
    return JSON.parse(printed) as AuditReport;
  } catch {
    return { message: 'npm printed no report' };
  }
}

import type { Config } from '../../config/config.ts';
import { checkDatabase } from './database.ts';
import { bad, type Finding, reasonOf } from './finding.ts';
import { checkGoogle } from './google.ts';
import { checkKeys } from './keys.ts';
import { checkMicrosoft } from './microsoft.ts';
import { checkSurroundings } from './surroundings.ts';
import { checkTemporal } from './temporal.ts';

export interface Diagnosis {
  /** What was asked after. */
  name: string;
  findings: Finding[];
}

/**
 * Asks everything at once; what cannot be asked is a finding too.
 * @param ownerUrl DATABASE_URL, which only migrations use
 */
export async function diagnose(config: Config, ownerUrl: string | undefined): Promise<Diagnosis[]> {
  const checks: [name: string, findings: Promise<Finding[]>][] = [
    ['Postgres', checkDatabase(config, ownerUrl)],
    ['Keys', checkKeys(config)],
    ['Temporal', checkTemporal(config)],
    ['Google', checkGoogle(config)],
    ['Microsoft', checkMicrosoft(config)],
    ['The rest', checkSurroundings(config)],
  ];
  return await Promise.all(
    checks.map(async ([name, findings]) => ({
      name,
      findings: await findings.catch((error) => [bad(reasonOf(error))]),
    })),
  );
}

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { required } from './environment.ts';

const COMPOSE = fileURLToPath(new URL('../../docker-compose.yml', import.meta.url));

/** Of the parts of it that tests look at. */
export interface Service {
  image: string;
  command?: string[];
  environment: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  ports?: string[];
  volumes?: string[];
  read_only?: boolean;
  stop_grace_period?: string;
  healthcheck?: { test: string[] };
}
export const { services } = parse(readFileSync(COMPOSE, 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
};
export const service = (name: string): Service => {
  const found = services[name];
  if (!found) throw new Error(`no service ${name}`);
  return found;
};

/** As compose fills it in: what .env has to give is given. */
export const filledIn = (name: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(service(name).environment).map(([key, value]) => [
      key,
      value.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, variable, kind, other) =>
        kind === '-' ? other : (GIVEN[variable] ?? 'a-password-of-some-length'),
      ),
    ]),
  );
const GIVEN: Record<string, string> = required();

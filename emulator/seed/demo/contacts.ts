import type { SeedContact } from '../people.ts';

/** The demo's CRM: a small water-filter maker's customers, suppliers and a journalist. */
export const DEMO_CONTACTS = {
  tom: contact('tom', 'Tom Okoro', 'Harbour Kitchen', 'tom.okoro@harbourkitchen.example'),
  ines: contact('ines', 'Inês Duarte', 'Hotel Miramar', 'ines.duarte@hotelmiramar.example'),
  yuki: contact('yuki', '田中 由紀', 'Shirokuma Trading', 'tanaka@shirokuma.example'),
  jurgen: contact(
    'jurgen',
    'Jürgen Müller',
    'Müller Brauerei',
    // The brewery's own domain has an umlaut; this is how it travels.
    'jurgen@xn--mller-brauerei-gsb.example',
    'j.mueller@brauerei-mueller.example',
  ),
  olga: contact('olga', 'Ольга Смирнова', 'Neva Labs', 'o.smirnova@nevalabs.example'),
  priya: contact('priya', 'Priya Raman', 'Cedar Clinics', 'priya.raman@cedarclinics.example'),
  chloe: contact('chloe', 'Chloé Béranger', 'Atelier Béranger', 'chloe@atelier-beranger.example'),
  daniel: contact(
    'daniel',
    'Daniel Weiss',
    'Weiss Plumbing',
    'daniel@weissplumbing.example',
    'office@weissplumbing.example',
  ),
  amara: contact('amara', 'Amara Nwosu', 'City Schools Catering', 'a.nwosu@cityschools.example'),
  lucas: contact('lucas', 'Lucas Ferreira', 'Acme Freight', 'lucas.ferreira@acmefreight.example'),
  hanna: contact('hanna', 'Hanna Koivu', 'Koivu & Partners', 'hanna@koivupartners.example'),
  rafa: contact('rafa', "Rafael O'Neill", 'The Ledger', 'rafael.oneill@theledger.example'),
} satisfies Record<string, SeedContact>;

export type ContactKey = keyof typeof DEMO_CONTACTS;

function contact(key: string, name: string, company: string, ...addresses: string[]): SeedContact {
  return { id: `demo-${key}`, name, company, addresses };
}

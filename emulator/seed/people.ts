import type { Random } from '../shared/random.ts';

/** A CRM contact as the demo and the benches hand it to the CRM API. */
export interface SeedContact {
  id: string;
  name: string;
  /** The first one is the main address. */
  addresses: string[];
  company: string;
}

export const FIRST_NAMES =
  'Aisha Alberto Amelia Anders Anneke Arjun Beatriz Bram Camila Carlos Chidi Clara Daniel Devika Elif Emeka Esther Farid Femke Gabriel Grace Hana Henrik Hugo Imani Ines Ivan Jasper Joana Jonas Kavya Kenji Lars Leila Lucas Magda Marek Marta Mateo Mei Mikkel Nadia Nikhil Nora Olga Omar Paula Pedro Priya Rafael Rosa Sami Sanne Sofia Stefan Tara Tomas Uma Vera Viktor Wanjiru Yara Yusuf Zofia'.split(
    ' ',
  );

export const LAST_NAMES =
  'Abara Almeida Andersen Banerjee Bakker Becker Bergman Castillo Chandra Costa Dahl Danso Dekker Duarte Eriksen Falk Ferreira Fischer Gupta Haddad Hansen Hoffmann Ibarra Iyer Jansen Kaplan Keller Kimani Kowalski Kumar Larsen Lindqvist Lopes Mahlangu Marin Mendes Meyer Mwangi Nakamura Nilsson Novak Okafor Oliveira Osei Patel Petrov Pinto Quist Ramos Rao Richter Romero Santos Schulz Sharma Silva Sorensen Suzuki Tanaka Torres Visser Vogel Weber Yilmaz'.split(
    ' ',
  );

const COMPANY_HEADS =
  'alder amber basil birch bluefin boreal brook cedar clover cobalt copper coral crane dune elm ember fern flint garnet glacier harbor hazel heron indigo iris ivory juniper kestrel larch linden lumen maple marble meadow mica moss nectar north oak onyx opal orchid otter pearl pine plum quartz raven reed river rowan saffron sage sierra slate spruce sterling summit thistle tidal umber willow zephyr'.split(
    ' ',
  );
const COMPANY_TAILS = 'works labs freight foods health systems partners supply studio energy'.split(
  ' ',
);

/** `count` contacts with distinct first.last@company addresses, several to a company. */
export const makeContacts = (count: number, random: Random): SeedContact[] => {
  const contacts: SeedContact[] = [];
  const taken = new Set<string>();
  const companies = Math.max(1, Math.ceil(count / 6));
  while (contacts.length < count) {
    const first = random.pick(FIRST_NAMES);
    const last = random.pick(LAST_NAMES);
    const index = random.int(companies);
    const company = `${COMPANY_HEADS[index % COMPANY_HEADS.length]}${COMPANY_TAILS[Math.floor(index / COMPANY_HEADS.length) % COMPANY_TAILS.length]}`;
    const address = `${first}.${last}@${company}.example`.toLowerCase();
    if (taken.has(address)) continue;
    taken.add(address);
    contacts.push({
      id: `contact-${contacts.length + 1}`,
      name: `${first} ${last}`,
      addresses: [address],
      company,
    });
  }
  return contacts;
};

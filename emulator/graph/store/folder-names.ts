/** The folders a new mailbox has, by well-known name, and the names people see. */
export const LOCALES = ['en', 'de', 'fr', 'es', 'hi', 'ja'] as const;
export type Locale = (typeof LOCALES)[number];

interface WellKnown {
  /** null: below the root of what the user sees. */
  parent: string | null;
  hidden: boolean;
  /** In the order of LOCALES; the first stands in for those left out. */
  names: readonly string[];
}

const shown = (...names: string[]): WellKnown => ({ parent: null, hidden: false, names });
const hidden = (name: string, parent: string | null = null): WellKnown => ({
  parent,
  hidden: true,
  names: [name],
});

export const WELL_KNOWN: Readonly<Record<string, WellKnown>> = {
  inbox: shown(
    'Inbox',
    'Posteingang',
    'Boîte de réception',
    'Bandeja de entrada',
    'इनबॉक्स',
    '受信トレイ',
  ),
  drafts: shown('Drafts', 'Entwürfe', 'Brouillons', 'Borradores', 'ड्राफ़्ट', '下書き'),
  sentitems: shown(
    'Sent Items',
    'Gesendete Elemente',
    'Éléments envoyés',
    'Elementos enviados',
    'भेजे गए आइटम',
    '送信済みアイテム',
  ),
  deleteditems: shown(
    'Deleted Items',
    'Gelöschte Elemente',
    'Éléments supprimés',
    'Elementos eliminados',
    'हटाए गए आइटम',
    '削除済みアイテム',
  ),
  junkemail: shown(
    'Junk Email',
    'Junk-E-Mail',
    'Courrier indésirable',
    'Correo no deseado',
    'जंक ईमेल',
    '迷惑メール',
  ),
  archive: shown('Archive', 'Archiv', 'Archives', 'Archivo', 'संग्रह', 'アーカイブ'),
  outbox: shown(
    'Outbox',
    'Postausgang',
    "Boîte d'envoi",
    'Bandeja de salida',
    'आउटबॉक्स',
    '送信トレイ',
  ),
  conversationhistory: shown(
    'Conversation History',
    'Aufgezeichnete Unterhaltungen',
    'Historique des conversations',
    'Historial de conversaciones',
  ),
  clutter: hidden('Clutter'),
  scheduled: hidden('Scheduled'),
  searchfolders: hidden('Search Folders'),
  recoverableitemsdeletions: hidden('Deletions'),
  syncissues: hidden('Sync Issues'),
  conflicts: hidden('Conflicts', 'syncissues'),
  localfailures: hidden('Local Failures', 'syncissues'),
  serverfailures: hidden('Server Failures', 'syncissues'),
};

export const nameIn = (locale: Locale, wellKnown: string): string => {
  const names = WELL_KNOWN[wellKnown]?.names ?? [wellKnown];
  return names[LOCALES.indexOf(locale)] ?? names[0] ?? wellKnown;
};

/** Outlook's own folders as the neutral labels of the store. */
export const FOLDER_OF_LABEL: Readonly<Record<string, string>> = {
  TRASH: 'deleteditems',
  SPAM: 'junkemail',
  DRAFT: 'drafts',
  SENT: 'sentitems',
  INBOX: 'inbox',
};

export const LABEL_OF_FOLDER: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(FOLDER_OF_LABEL).map(([label, folder]) => [folder, label]),
);

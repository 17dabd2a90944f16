// The editor's own words: Chinese, and English for who reads the page in English.
export const english = document.documentElement.lang.startsWith('en');

export const t = (zh, en) => (english ? en : zh);

export const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

// Types of FEEL, by the names that files give them.
export const TYPES = {
  string: t('文本', 'Text'),
  number: t('数字', 'Number'),
  boolean: t('是或否', 'Yes or no'),
  date: t('日期', 'Date'),
  time: t('时刻', 'Time'),
  dateTime: t('日期和时刻', 'Date and time'),
  dayTimeDuration: t('时长(天、小时)', 'Days and hours'),
  yearMonthDuration: t('时长(年、月)', 'Years and months'),
  Any: t('任意', 'Anything'),
};

// The standard's names of types, as the server says them.
export const OF_STANDARD = {
  'date and time': 'dateTime',
  'days and time duration': 'dayTimeDuration',
  'years and months duration': 'yearMonthDuration',
};

export const typeWord = (name) => TYPES[OF_STANDARD[name] || name] || name || TYPES.Any;

// Figures for people, as the viewer's language writes them.

import { language } from './time.js';

const whole = new Intl.NumberFormat(language);
const parts = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

const none = (v) => v === null || v === undefined;

// count writes a whole number: 12,345.
export const count = (n) => (none(n) ? '–' : whole.format(n));

// percent writes a share, of which v is the hundredths: 87 %, or 4.5 % with a part.
export const percent = (v, part = false) => (none(v) ? '–' : `${part ? parts.format(v) : whole.format(Math.round(v))}\u202f%`);

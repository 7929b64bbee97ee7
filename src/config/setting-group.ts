import type { Config } from './config.js';
import type { Setting } from './setting.js';

type Place = { [Feature in keyof Config]: `${Feature}.${keyof Config[Feature] & string}` }[keyof Config];

export interface SettingGroup {
  title: string;
  settings: (Setting & { goesTo: Place | null })[];
}

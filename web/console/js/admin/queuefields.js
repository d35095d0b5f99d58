// Every setting of a queue, grouped as people think of them; names are those of the API.

import { node } from '../dom.js';
import { shortNumber } from '../store.js';
import { soundField } from './sounds.js';

// strategies are the API's words and ours.
export const strategies = [
  ['ring-all', 'Everybody at once'],
  ['ring-progressively', 'One, then one more at a time'],
  ['longest-idle-agent', 'Who has been idle longest'],
  ['agent-with-least-talk-time', 'Who has talked least today'],
  ['agent-with-fewest-calls', 'Who has answered the fewest calls today'],
  ['sequentially-by-agent-order', 'By position, from the top each time'],
  ['top-down', 'Down the list, for each caller'],
  ['round-robin', 'In turn'],
  ['random', 'At random'],
];

export const strategyName = (s) => strategies.find(([word]) => word === s)?.[1] ?? s;

const destinations = 'destinations';
const yes = (name) => (v) => Boolean(v[name]);

function seconds(name, label, help, more) {
  return { name, label, kind: 'number', required: true, unmarked: true, min: 0, max: 86400, unit: 'seconds', help, ...more };
}

function destination(name, label, when, more = 'Default: none, the caller is hung up.') {
  return { name, label, nullable: true, inputmode: 'tel', list: destinations, when, help: `An extension or a number outside. ${more}` };
}

// queueFields gives the fields; sounds and extensions are what can be chosen.
export function queueFields({ sounds, extensions }) {
  const sound = (name, label, none, help, when) => soundField({ name, label, none, help, when, sounds });
  return [
    { heading: 'The queue' },
    { name: 'label', label: 'Name', maxlength: 255, help: 'What people call it. Default: its number.' },
    { name: 'status', label: 'Open for calls', kind: 'select', options: [['active', 'open'], ['blocked', 'blocked: callers are refused']], help: 'Default: open.' },

    { heading: 'Who is called' },
    { name: 'strategy', label: 'Who is rung', kind: 'select', options: strategies, help: 'Among the free agents of the levels that are open. Default: everybody at once.' },
    seconds('ring_progressively_delay', 'One more after', 'The phones that ring already go on ringing. Default: 10.', { when: (v) => v.strategy === 'ring-progressively' }),
    { name: 'tier_rules_apply', label: 'The next level opens by the clock', kind: 'check',
      help: 'Off: it opens as soon as everybody at the levels before is busy, resting, on a break or logged out. On: it opens after a time, whether somebody is free before it or not; a level where nobody is logged in is passed at once. Levels that are open stay open for that caller. Default: off.' },
    seconds('tier_rule_wait_second', 'The next level opens after', 'With 0 all levels are open from the beginning. Default: 0.', { when: yes('tier_rules_apply') }),
    { name: 'tier_rule_wait_multiply_level', label: 'Multiplied by the level', kind: 'check', when: yes('tier_rules_apply'), help: 'Level 3 opens after three times as long. Default: off.' },
    { name: 'tier_rule_clock', label: 'Measured from', kind: 'select', when: yes('tier_rules_apply'),
      options: [['offer', 'when the level before opened'], ['join', 'when the caller joined']], help: 'Default: when the level before opened.' },

    { heading: 'What callers hear' },
    { name: 'sound_type', label: 'While waiting', kind: 'select', options: [['ring', 'a ringing tone'], ['music', 'music']],
      help: 'With a ringing tone the call is answered, and paid for, only when an agent answers; announcements need music. Default: a ringing tone.' },
    sound('sound', 'Music', 'built-in music', 'Default: the built-in music.', (v) => v.sound_type === 'music'),
    sound('start_sound', 'Greeting', 'none', 'Played once, before agents are rung. Default: none.', (v) => v.sound_type === 'music'),
    seconds('announce_frequency', 'Announcement every', 'From one announcement to the next; 0 = never. Default: 0.', { when: (v) => v.sound_type === 'music' }),
    sound('announce_sound', 'Announcement', 'none', 'Interrupts the music. Default: none.', announced),
    { name: 'announce_position', label: 'Tell the place in the line', kind: 'check', when: announced, help: 'With each announcement. Default: off.' },
    { name: 'announce_wait', label: 'Tell the estimated wait', kind: 'check', when: announced, help: 'With each announcement, while an agent is logged in. Default: off.' },
    { name: 'language', label: 'Language', required: true, unmarked: true, maxlength: 8, when: spoken, help: 'Of what is spoken, such as en, de, pt-BR; English where a language has no prompts. Default: en.' },

    { heading: 'What agents hear' },
    sound('agent_announce_sound', 'Announcement to the agent', 'none', 'On answering, e.g. the queue’s name. Default: none.'),
    { name: 'agent_report_wait_time', label: 'Tell the agent how long the caller waited', kind: 'check', help: 'On answering. Default: on.' },

    { heading: 'Limits and where they lead' },
    seconds('max_wait_time', 'Longest wait', 'From joining the queue; 0 = no limit. Default: 0.'),
    destination('timeout_transfer_dst', 'After the longest wait, to', (v) => v.max_wait_time > 0),
    { name: 'exit_with_no_av_agents', label: 'Refuse callers while nobody is logged in', kind: 'check', help: 'They go on at once, as below, or are hung up. Default: on.' },
    seconds('max_wait_time_with_no_agent', 'Longest wait without agents', 'While every agent is logged out or on a break; 0 = no limit. Default: 0.'),
    destination('no_agent_timeout_transfer_dst', 'Without agents, to', (v) => v.exit_with_no_av_agents || v.max_wait_time_with_no_agent > 0),
    { name: 'exit_key', label: 'Key to leave the queue', kind: 'select', nullable: true, options: [['', 'none'], ...[...'0123456789*#'].map((k) => [k, k])],
      help: 'The caller may press it at any time, also during the greeting. Default: none.' },
    destination('exit_transfer_dst', 'After the key, to', yes('exit_key')),
    { name: 'append_to_cid_name_on_transfer', label: 'Tag before the caller’s name', nullable: true, maxlength: 80, help: 'When the queue sends the caller on, so that it is seen where the call comes from. Default: none.' },
    { name: 'abandoned_resume_allowed', label: 'Who gave up and calls again keeps the place', kind: 'check', help: 'By the caller’s number. Default: off.' },
    seconds('discard_abandoned_after', 'The place is kept for', 'From giving up. Default: 60.', { when: yes('abandoned_resume_allowed') }),

    { heading: 'After the call' },
    { name: 'agent_hangup_action', label: 'When the agent hangs up first', kind: 'select', nullable: true,
      options: [['', 'the caller is hung up, too'], ['transfer', 'the caller goes to a number'], ['quality_rate', 'the caller rates the call by a key, 1 to 5']], help: 'Default: the caller is hung up, too.' },
    destination('agent_hangup_transfer_dst', 'To', (v) => v.agent_hangup_action === 'transfer', 'Required.'),

    { heading: 'Recording' },
    { name: 'record_enabled', label: 'Record calls', kind: 'check', help: 'The talk between caller and agent, in stereo; tell both where the law asks for it. Default: off.' },

    { element: node('datalist', { id: destinations }, extensions.map((e) => node('option', { value: shortNumber(e.name) }, e.label || e.type))) },
  ];
}

const announced = (v) => v.sound_type === 'music' && v.announce_frequency > 0;
const spoken = (v) => (announced(v) && (v.announce_position || v.announce_wait)) || v.agent_report_wait_time || v.agent_hangup_action === 'quality_rate';

// The pages of the console. A page is a module with
//
//   export function page(el, ctx)    fills el, and may give a function that is
//                                    called when the page is left
//
// ctx has session (who is signed in), param (what stands behind the page's
// path: #/queues/12 has '12'), query (what stands behind a ?), go(path), and title(text), for what is looked at
// on a page that shows one of many. Modules are loaded when they are
// first looked at. live.js helps with pages that follow the store. Pages with
// a group (a title) stand below it in the navigation, and in a menu on a narrow
// screen; those of one group stand together. Those that are aside are in the
// person's menu only, those that are own are about who is signed in, and not
// there while an administrator works in another organisation.

const everybody = ['administrator', 'supervisor', 'agent'];
const leads = ['administrator', 'supervisor'];

export const views = [
  { path: 'wallboard', title: 'Wallboard', icon: 'wallboard', roles: leads, load: () => import('./views/wallboard.js') },
  { path: 'agents', title: 'Agents', icon: 'agents', roles: leads, load: () => import('./views/agents.js') },
  { path: 'calls', title: 'Calls', icon: 'phone', roles: leads, load: () => import('./views/calls.js') },
  { path: 'desk', own: true, title: 'My desk', icon: 'desk', roles: everybody, load: () => import('./views/desk.js') },
  { path: 'history', title: 'Call history', icon: 'history', roles: leads, group: 'Records', load: () => import('./views/history.js') },
  { path: 'recordings', title: 'Recordings', icon: 'recording', roles: leads, group: 'Records', load: () => import('./views/recordings.js') },
  { path: 'reports', title: 'Reports', icon: 'report', roles: leads, group: 'Records', load: () => import('./views/reports.js') },
  { path: 'audit', title: 'Audit log', icon: 'list', roles: leads, group: 'Records', load: () => import('./views/audit.js') },
  { path: 'queues', title: 'Queues', icon: 'queue', roles: leads, group: 'Setup', load: () => import('./views/queues.js') },
  { path: 'agentsetup', title: 'Agent setup', icon: 'card', roles: leads, group: 'Setup', load: () => import('./views/agentsetup.js') },
  { path: 'extensions', title: 'Phones', icon: 'device', roles: leads, group: 'Setup', load: () => import('./views/extensions.js') },
  { path: 'sounds', title: 'Sounds', icon: 'sound', roles: leads, group: 'Setup', load: () => import('./views/sounds.js') },
  { path: 'webhooks', title: 'Webhooks', icon: 'webhook', roles: leads, group: 'Setup', load: () => import('./views/webhooks.js') },
  { path: 'trunks', title: 'Trunks', icon: 'trunk', roles: leads, group: 'Setup', load: () => import('./views/trunks.js') },
  { path: 'numbers', title: 'Public numbers', icon: 'number', roles: leads, group: 'Setup', load: () => import('./views/numbers.js') },
  { path: 'users', title: 'Users', icon: 'person', roles: leads, group: 'Setup', load: () => import('./views/users.js') },
  { path: 'applications', title: 'Applications', icon: 'code', roles: leads, group: 'Setup', load: () => import('./views/applications.js') },
  { path: 'organisation', title: 'Organisation', icon: 'building', roles: leads, group: 'Setup', load: () => import('./views/organisation.js') },
  { path: 'setup', own: true, title: 'First steps', icon: 'check', aside: true, roles: ['administrator'], load: () => import('./views/setup.js') },
];

// home is the page a role begins with.
export const home = (role) => (role === 'agent' ? 'desk' : 'wallboard');

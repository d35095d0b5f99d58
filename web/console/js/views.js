// The pages of the console. A page is a module with
//
//   export function page(el, ctx)    fills el, and may give a function that is
//                                    called when the page is left
//
// ctx has session (who is signed in), param (what stands behind the page's
// path: #/queues/12 has '12'), and go(path). Modules are loaded when they are
// first looked at. live.js helps with pages that follow the store. Pages with
// a group (a title) stand below it in the navigation, and in a menu on a narrow
// screen; those of one group stand together.

const everybody = ['administrator', 'supervisor', 'agent'];
const leads = ['administrator', 'supervisor'];

export const views = [
  { path: 'wallboard', title: 'Wallboard', icon: 'wallboard', roles: leads, load: () => import('./views/wallboard.js') },
  { path: 'agents', title: 'Agents', icon: 'agents', roles: leads, load: () => import('./views/agents.js') },
  { path: 'calls', title: 'Calls', icon: 'phone', roles: leads, load: () => import('./views/calls.js') },
  { path: 'desk', title: 'My desk', icon: 'desk', roles: everybody, load: () => import('./views/desk.js') },
];

// home is the page a role begins with.
export const home = (role) => (role === 'agent' ? 'desk' : 'wallboard');

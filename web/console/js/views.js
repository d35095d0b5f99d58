// The pages of the console. A page is a module with
//
//   export function page(el, ctx)    fills el, and may give a function that is
//                                    called when the page is left
//
// ctx has session (who is signed in), param (what stands behind the page's
// path: #/queues/12 has '12'), and go(path). Modules are loaded when they are
// first looked at. live.js helps with pages that follow the store.

const everybody = ['administrator', 'supervisor', 'agent'];

export const views = [
  { path: 'wallboard', title: 'Wallboard', icon: 'wallboard', roles: everybody, load: () => import('./views/wallboard.js') },
];

// home is the page a role begins with.
export const home = () => 'wallboard';

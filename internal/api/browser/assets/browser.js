// Shows the OpenAPI document of the chosen dialect, and gives "Try it out" the
// credentials that are entered above. They stay in this page's memory.
"use strict";

const credentials = document.getElementById("credentials");
const dialect = document.getElementById("dialect");
let ui = null;      // of the document that is shown
let schemes = {};   // its security schemes
const set = {};     // by scheme: what has been set, kept when the dialect changes
let asked = 0;      // how many documents were asked for; only the last one is shown

function tell(text, bad) {
  const told = document.getElementById("told");
  told.textContent = text;
  told.classList.toggle("bad", Boolean(bad));
}

function field(name) {
  return credentials.querySelector("input[name=" + name + "]");
}

// authorise gives the shown document what has been set of its schemes.
function authorise() {
  for (const name of Object.keys(schemes)) {
    if (set[name]) ui.preauthorizeApiKey(name, set[name]);
  }
}

async function show(path) {
  const mine = ++asked;
  tell("");
  const answer = await fetch(path);
  if (!answer.ok) throw new Error("the document " + path + " cannot be read: " + answer.status);
  const spec = await answer.json();
  if (mine !== asked) return;
  schemes = spec.components.securitySchemes || {};
  for (const form of credentials.querySelectorAll("form")) {
    form.hidden = !(form.dataset.for in schemes);
  }
  credentials.hidden = false;
  ui = SwaggerUIBundle({
    spec, dom_id: "#browser", deepLinking: true, docExpansion: "none", defaultModelsExpandDepth: 0,
    validatorUrl: null, persistAuthorization: false, displayRequestDuration: true,
    presets: [SwaggerUIBundle.presets.apis], layout: "BaseLayout",
    onComplete: () => setTimeout(authorise),
  });
}

async function getToken() {
  const body = new URLSearchParams({grant_type: "client_credentials",
    client_id: field("client_id").value.trim(), client_secret: field("client_secret").value.trim()});
  // Without "omit", a browser asks for a password itself when the answer is 401 with a Basic challenge.
  const answer = await fetch("/oauth/token", {method: "POST", body, credentials: "omit"});
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error_description || told.error);
  field("access_token").value = told.access_token;
  tell("This token is good for " + Math.round(told.expires_in / 60) + " minutes. Set token uses it.");
}

function setToken() {
  set.bearer = field("access_token").value.trim();
  authorise();
  tell("The token is set: requests below are sent with it.");
}

function setPassword() {
  set.username = field("username").value;
  set.password = field("password").value;
  authorise();
  tell("Requests below are sent as " + set.username + ".");
}

// doing runs what was asked for and tells what went wrong.
async function doing(work) {
  try {
    await work();
  } catch (e) {
    tell(e.message, true);
  }
}

for (const [id, work] of Object.entries({"get-token": getToken, "set-token": setToken, "set-password": setPassword})) {
  document.getElementById(id).addEventListener("submit", (event) => {
    event.preventDefault();
    doing(work);
  });
}
dialect.addEventListener("change", () => doing(() => show(dialect.value)));
doing(() => show(dialect.value));

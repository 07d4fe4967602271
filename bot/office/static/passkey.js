// Passkeys: fetch a challenge, let the browser answer it, send the answer with the form. Nothing is kept here.
"use strict";

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));

const toText = (buffer) =>
  btoa(Array.from(new Uint8Array(buffer), (each) => String.fromCharCode(each)).join(""))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const readIds = (list) => (list || []).map((each) => ({ ...each, id: toBytes(each.id) }));

function readOptions(options, kind) {
  const read = { ...options, challenge: toBytes(options.challenge) };
  if (kind === "create") {
    read.user = { ...options.user, id: toBytes(options.user.id) };
    read.excludeCredentials = readIds(options.excludeCredentials);
  } else {
    read.allowCredentials = readIds(options.allowCredentials);
  }
  return read;
}

function writeAnswer(credential) {
  const response = { clientDataJSON: toText(credential.response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) {
      response[part] = toText(credential.response[part]);
    }
  }
  return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response });
}

async function begin(form) {
  const answer = await fetch(form.dataset.begin, {
    method: "POST",
    body: new URLSearchParams({ token: form.dataset.beginToken }),
    credentials: "same-origin",
    redirect: "manual",
  });
  if (answer.status === 429) {
    // Too many from here: the page that refuses says what to do.
    form.submit();
    throw new Error("not now");
  }
  if (!answer.ok) {
    // Signed out meanwhile, or the page is too old: the server says which.
    window.location.reload();
    throw new Error("begin again");
  }
  return (await answer.json()).publicKey;
}

async function answer(form) {
  const kind = form.dataset.passkey;
  const publicKey = readOptions(await begin(form), kind);
  const credential = await navigator.credentials[kind]({ publicKey });
  form.elements.answer.value = writeAnswer(credential);
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("[data-passkey-button]");
  form.querySelector("[data-passkey-plain]").hidden = true;
  if (!window.PublicKeyCredential) {
    form.querySelector("[data-passkey-missing]").hidden = false;
    continue;
  }
  const failed = form.querySelector("[data-passkey-failed]");
  button.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    failed.hidden = true;
    button.disabled = true;
    answer(form).catch(() => {
      failed.hidden = false;
      button.disabled = false;
    });
  });
}

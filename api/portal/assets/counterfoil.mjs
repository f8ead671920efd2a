// What happens in the page: keys are made, opened and used here and never leave it.
// Hashes and signatures after EIP-712, EIP-191 and EIP-2; keystores after Web3 Secret Storage, version 3.
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { keccak_256 as keccak } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

const PBKDF2_ROUNDS = 600_000; // OWASP's figure for HMAC-SHA-256
const MAX_SCRYPT_BYTES = 2 ** 30; // 128 · n · r: more would only freeze the page

// ---------------------------------------------------------------------- bytes

const hex = (bytes) => "0x" + bytesToHex(bytes);

function unhex(text, length) {
  const plain = String(text).replace(/^0x/, "");
  if (!/^([0-9a-fA-F]{2})*$/.test(plain) || (length !== undefined && plain.length !== 2 * length)) {
    throw new Error("not_hex");
  }
  return hexToBytes(plain.toLowerCase());
}

function word(number) {
  return unhex(number.toString(16).padStart(64, "0"), 32);
}

// ---------------------------------------------------------------------- EIP-712

function typeText(types, name) {
  const found = new Set();
  const collect = (one) => {
    const of = one.replace(/\[\]$/, "");
    if (!types[of] || found.has(of)) return;
    found.add(of);
    types[of].forEach((member) => collect(member.type));
  };
  collect(name);
  found.delete(name);
  return [name, ...[...found].sort()]
    .map((one) => `${one}(${types[one].map((member) => `${member.type} ${member.name}`).join(",")})`)
    .join("");
}

function encodeValue(types, type, value) {
  if (value === undefined || value === null) throw new Error("value_missing");
  if (type.endsWith("[]")) {
    return keccak(concatBytes(...value.map((one) => encodeValue(types, type.slice(0, -2), one))));
  }
  if (types[type]) return structHash(types, type, value);
  if (type === "string") return keccak(utf8ToBytes(value));
  if (type === "bytes") return keccak(unhex(value));
  if (type === "bytes32") return unhex(value, 32);
  if (type === "address") return concatBytes(new Uint8Array(12), unhex(value, 20));
  if (type === "bool" && typeof value === "boolean") return word(value ? 1 : 0);
  const bits = /^uint(\d{1,3})$/.exec(type);
  if (!bits || (typeof value === "number" && !Number.isSafeInteger(value))) throw new Error("type_unknown");
  const number = BigInt(value);
  if (number < 0n || number >= 1n << BigInt(bits[1])) throw new Error("out_of_range");
  return word(number);
}

function structHash(types, name, values) {
  const members = types[name];
  if (Object.keys(values).length !== members.length) throw new Error("value_unknown");
  const parts = members.map((member) => encodeValue(types, member.type, values[member.name]));
  return keccak(concatBytes(keccak(utf8ToBytes(typeText(types, name))), ...parts));
}

/** The 32 bytes that are signed for typed data. Throws where a value does not fit its type. */
export function typedDigest(typed) {
  const domain = structHash(typed.types, "EIP712Domain", typed.domain);
  return keccak(concatBytes(new Uint8Array([0x19, 0x01]), domain, structHash(typed.types, typed.primaryType, typed.message)));
}

/** The 32 bytes that are signed for a text (EIP-191, version 0x45). */
export function textDigest(text) {
  const bytes = utf8ToBytes(text);
  return keccak(concatBytes(utf8ToBytes(`\x19Ethereum Signed Message:\n${bytes.length}`), bytes));
}

// ---------------------------------------------------------------------- keys

/** EIP-55. */
export function checksum(address) {
  const plain = address.replace(/^0x/, "").toLowerCase();
  const marks = bytesToHex(keccak(utf8ToBytes(plain)));
  return "0x" + [...plain].map((char, at) => (parseInt(marks[at], 16) >= 8 ? char.toUpperCase() : char)).join("");
}

const addressOfPoint = (point) => checksum(bytesToHex(keccak(point.slice(1)).slice(12)));

export const addressOf = (key) => addressOfPoint(secp256k1.getPublicKey(key, false));

/** r ‖ s ‖ v as 0x hex, deterministic (RFC 6979), low s. */
export function sign(digest, key) {
  const made = secp256k1.sign(digest, key, { prehash: false, lowS: true, format: "recovered" });
  return hex(concatBytes(made.slice(1), new Uint8Array([27 + made[0]])));
}

/** The address that signed, or null where the signature is malformed or its s is high. */
export function signerOf(digest, signature) {
  try {
    const bytes = unhex(signature, 65);
    const recovered = concatBytes(new Uint8Array([bytes[64] % 27]), bytes.slice(0, 64));
    if (secp256k1.Signature.fromBytes(bytes.slice(0, 64), "compact").hasHighS()) return null;
    const point = secp256k1.recoverPublicKey(recovered, digest, { prehash: false });
    return addressOfPoint(secp256k1.Point.fromBytes(point).toBytes(false));
  } catch {
    return null;
  }
}

export const newKey = () => secp256k1.utils.randomSecretKey();

// ---------------------------------------------------------------------- keystores

async function pbkdf2(password, salt, rounds) {
  const base = await crypto.subtle.importKey("raw", utf8ToBytes(password), "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  return new Uint8Array(await crypto.subtle.deriveBits(how, base, 256));
}

async function aes(derived, iv, bytes) {
  const key = await crypto.subtle.importKey("raw", derived.slice(0, 16), "AES-CTR", false, ["encrypt"]);
  return new Uint8Array(await crypto.subtle.encrypt({ name: "AES-CTR", counter: iv, length: 128 }, key, bytes));
}

async function derive(box, password) {
  const how = box.kdfparams;
  if (how.dklen !== 32) throw new Error("not_keystore");
  if (box.kdf === "scrypt") {
    if (128 * how.n * how.r > MAX_SCRYPT_BYTES) throw new Error("not_keystore");
    const options = { N: how.n, r: how.r, p: how.p, dkLen: 32, maxmem: 2 * MAX_SCRYPT_BYTES };
    return scryptAsync(utf8ToBytes(password), unhex(how.salt), options);
  }
  if (box.kdf !== "pbkdf2" || how.prf !== "hmac-sha256") throw new Error("not_keystore");
  return pbkdf2(password, unhex(how.salt), how.c);
}

/** The key in a keystore's text. Throws "not_keystore" or "wrong_password". */
export async function openKeystore(text, password) {
  let derived, sealed, box;
  try {
    box = JSON.parse(text).crypto;
    if (box.cipher !== "aes-128-ctr") throw new Error("not_keystore");
    sealed = unhex(box.ciphertext, 32);
    derived = await derive(box, password);
  } catch {
    throw new Error("not_keystore");
  }
  if (bytesToHex(keccak(concatBytes(derived.slice(16), sealed))) !== box.mac.toLowerCase()) throw new Error("wrong_password");
  return aes(derived, unhex(box.cipherparams.iv, 16), sealed);
}

/** A keystore's text for a key. */
export async function makeKeystore(key, password) {
  const [salt, iv] = [crypto.getRandomValues(new Uint8Array(32)), crypto.getRandomValues(new Uint8Array(16))];
  const derived = await pbkdf2(password, salt, PBKDF2_ROUNDS);
  const sealed = await aes(derived, iv, key);
  const box = {
    cipher: "aes-128-ctr",
    cipherparams: { iv: bytesToHex(iv) },
    ciphertext: bytesToHex(sealed),
    kdf: "pbkdf2",
    kdfparams: { c: PBKDF2_ROUNDS, dklen: 32, prf: "hmac-sha256", salt: bytesToHex(salt) },
    mac: bytesToHex(keccak(concatBytes(derived.slice(16), sealed))),
  };
  return JSON.stringify({ version: 3, id: crypto.randomUUID(), address: addressOf(key).slice(2).toLowerCase(), crypto: box }, null, 2);
}

// ---------------------------------------------------------------------- signers

const same = (one, other) => one.toLowerCase() === other.toLowerCase();

function keySigner(key) {
  return {
    isKey: true,
    address: addressOf(key),
    text: async (message) => sign(textDigest(message), key),
    typed: async (typed) => sign(typedDigest(typed), key),
  };
}

async function walletSigner() {
  const wallet = window.ethereum;
  if (!wallet) throw new Error("no_wallet");
  const ask = (method, params = []) =>
    wallet.request({ method, params }).catch(() => {
      throw new Error("refused");
    });
  const [address] = await ask("eth_requestAccounts");
  return {
    address: checksum(address),
    text: (message) => ask("personal_sign", [hex(utf8ToBytes(message)), address]),
    typed: (typed) => ask("eth_signTypedData_v4", [address, JSON.stringify(typed)]),
  };
}

async function chosenSigner(box) {
  if (box.querySelector("[data-kind]:checked").dataset.kind === "wallet") {
    tell(box, "asking");
    return walletSigner();
  }
  const file = box.querySelector("[data-file]").files[0];
  const password = box.querySelector("[data-password]");
  if (!file) throw new Error("no_file");
  if (!globalThis.crypto?.subtle) throw new Error("not_secure");
  tell(box, "opening");
  const key = await openKeystore(await file.text(), password.value);
  password.value = "";
  return keySigner(key);
}

/** A signature that is known to be over this digest by this signer. */
async function checked(signer, digest, asked) {
  const signature = await asked;
  if (!signer.isKey && signature.length !== 132) return signature; // a smart account's (ERC-1271): the chain judges it
  const found = signerOf(digest, signature);
  if (!found || !same(found, signer.address)) throw new Error("wrong_signer");
  return signature;
}

// ---------------------------------------------------------------------- the page

function tell(box, code) {
  const words = JSON.parse(box.dataset.words ?? "{}");
  box.querySelector("[data-said]").textContent = code ? (words[code] ?? words.failed ?? code) : "";
}

/** Runs what a form does instead of being sent at once; says in the form why it did not work. */
function instead(form, box, act) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button.main");
    button.disabled = true;
    try {
      tell(box, "");
      await act();
    } catch (error) {
      tell(box, error.message);
    } finally {
      button.disabled = false;
    }
  });
}

function signInForm(form) {
  const box = form.querySelector("[data-signer]");
  instead(form, box, async () => {
    const signer = await chosenSigner(box);
    const body = new URLSearchParams({ form_token: form.form_token.value, address: signer.address });
    const answer = await fetch("/sign-in/challenge", { method: "POST", body });
    if (!answer.ok) throw new Error("failed");
    const { challenge, message } = await answer.json();
    form.address.value = signer.address;
    form.signature.value = await checked(signer, textDigest(message), signer.text(message));
    form.challenge.value = challenge;
    form.submit();
  });
}

/** The digest of the typed data, if every field that is shown is the one in it, and none is missing. */
export function shownDigest(typed, shown) {
  const count = (value) => (typeof value === "object" ? Object.values(value).reduce((sum, one) => sum + count(one), 0) : 1);
  for (const [path, text] of shown) {
    const value = path.split(".").reduce((inside, name) => inside?.[name], typed);
    if (String(value) !== text) throw new Error("altered");
  }
  if (new Set(shown.map(([path]) => path)).size !== count(typed.message) + count(typed.domain)) throw new Error("altered");
  return typedDigest(typed);
}

function signForm(form) {
  const box = form.querySelector("[data-signer]");
  const asked = JSON.parse(form.dataset.sign);
  const look = () => shownDigest(asked.typed_data, [...form.querySelectorAll("[data-path]")].map((one) => [one.dataset.path, one.textContent]));
  const consents = [];
  try {
    form.querySelector("[data-digest]").textContent = hex(look());
  } catch {
    tell(box, "altered");
  }
  instead(form, box, async () => {
    const digest = look();
    const signer = await chosenSigner(box);
    const signature = await checked(signer, digest, signer.typed(asked.typed_data));
    consents.push({ signer: signer.address, deadline: asked.deadline, signature });
    const open = [...form.querySelectorAll("[data-account]")].filter((one) => {
      const isSigned = consents.some((consent) => same(consent.signer, one.dataset.account));
      one.querySelector("[data-done]").hidden = !isSigned;
      return !isSigned;
    });
    tell(box, asked.signers.some((one) => same(one.account, signer.address)) ? "" : "not_listed");
    if (open.length && consents.length < asked.signers.length) return;
    form.consents.value = JSON.stringify(consents);
    form.submit();
  });
}

function keyForm(form) {
  const made = document.querySelector("[data-made]");
  instead(form, form, async () => {
    const [password, again] = [form.querySelector("[data-password]"), form.querySelector("[data-again]")];
    if (password.value.length < 10) throw new Error("short");
    if (password.value !== again.value) throw new Error("differ");
    if (!globalThis.crypto?.subtle) throw new Error("not_secure");
    tell(form, "making");
    const key = newKey();
    const address = addressOf(key);
    const link = made.querySelector("[data-download]");
    link.href = URL.createObjectURL(new Blob([await makeKeystore(key, password.value)], { type: "application/json" }));
    link.download = `counterfoil-${address.slice(0, 10)}.json`;
    key.fill(0);
    password.value = again.value = "";
    made.querySelector("[data-value]").textContent = address;
    form.hidden = true;
    made.hidden = false;
    made.querySelector("[data-saved]").addEventListener("change", (event) => {
      made.querySelector("[data-address]").hidden = !event.target.checked;
    });
    link.focus();
  });
}

/** Files are sent as soon as they are dropped or chosen; without script the button does it. */
function uploadForm(form) {
  const input = form.querySelector("[type=file]");
  input.addEventListener("change", () => {
    const size = [...input.files].reduce((sum, one) => sum + one.size + 1000, 0);
    if (size > Number(form.dataset.upload)) {
      input.value = "";
      tell(form, "too_much");
    } else if (input.files.length) {
      tell(form, "sending");
      form.requestSubmit();
    }
  });
}

function localTimes(within) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  for (const one of within.querySelectorAll("time[datetime]:not([title])")) {
    one.title = one.textContent;
    one.textContent = format.format(new Date(one.dateTime));
  }
}

/** What scrolls sideways on a small screen can be reached by keyboard. */
function reachable() {
  for (const one of document.querySelectorAll("main table")) {
    if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
    else one.removeAttribute("tabindex");
  }
}

function start() {
  reachable();
  addEventListener("resize", reachable);
  document.querySelectorAll("form[data-sign-in]").forEach(signInForm);
  document.querySelectorAll("form[data-sign]").forEach(signForm);
  document.querySelectorAll("form[data-make-key]").forEach(keyForm);
  document.querySelectorAll("form[data-upload]").forEach(uploadForm);
  localTimes(document);
  new MutationObserver(() => localTimes(document)).observe(document.body, { childList: true, subtree: true });
}

if (globalThis.document) start();

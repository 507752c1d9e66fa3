// The bar that leads from page to page and takes the book along; with the switches for light and dark and for a room.

/** @typedef {WidgetModel<{ pages: [string, string, string][], here: string, as_cards: boolean, book: string, words: string, state: string, pictures: Record<string, [string, number[][]][]> }>} BarModel */

const SVG = "http://www.w3.org/2000/svg";
const SAID_FOR = 2_000; // ms
const isPage = () => isSaved() || location.pathname.includes("/voila/");
const isSaved = () => document.documentElement.dataset.hwSaved !== undefined; // a page without a server: a file

/**
 * Where the pages that Voila makes of notebooks lie, seen from here. JupyterLab shows notebooks, not pages; there it is
 * the folder of the page that Voila makes of the notebook in front.
 */
function folder() {
  if (isSaved() || location.pathname.includes("/voila/render/")) return "";
  const config = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}");
  const place = location.pathname.match(/\/(?:tree|notebooks)\/(.*\/)?[^/]*$/)?.[1] ?? "";
  return `${config.baseUrl ?? "/"}voila/render/${place}`;
}

/**
 * A page's address with what it shall show.
 * @param {string} page
 * @param {string} text
 */
const addressOf = (page, text) => `${folder()}${page}${text && !isSaved() ? `#1=${text}` : ""}`;

/** Wait until the kernel knows all that a hand did here; the bar may stand there before what asks it. */
async function settled() {
  for (let n = 0; n < 200 && !isSaved() && !window.__hedgeLive?.size; n++) await new Promise(requestAnimationFrame);
  await window.__hedgeSettled?.();
}

let nFollowed = 0;

/**
 * Follow a link when its address holds all that a hand did: a number may have been typed just before. Whoever opens it
 * in a tab of its own gets what is known at once.
 * @param {MouseEvent} event
 * @param {HTMLAnchorElement} link
 * @param {() => void} write its address, as the bar knows it
 */
async function follow(event, link, write) {
  write();
  if (isSaved() || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  nFollowed += 1;
  const count = nFollowed;
  link.setAttribute("aria-busy", "true");
  await settled();
  link.removeAttribute("aria-busy");
  write();
  if (count === nFollowed) open(link.href, link.target || "_self");
}

/**
 * A button that copies the address of what the page shows, and says so.
 * @param {HTMLElement} nav
 * @param {() => string} address
 */
function copyButton(nav, address) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "hw-button", textContent: "Copy link" });
  const say = (/** @type {string} */ words) => {
    button.textContent = words;
    setTimeout(() => {
      button.textContent = "Copy link";
    }, SAID_FOR);
  };
  button.addEventListener("click", () => {
    const link = settled().then(() => new URL(address(), location.href).href);
    // A promise, as some browsers take nothing any more once a page has waited.
    const text = () =>
      new ClipboardItem({ "text/plain": link.then((words) => new Blob([words], { type: "text/plain" })) });
    const copied = navigator.clipboard?.write ? navigator.clipboard.write([text()]) : Promise.reject();
    copied.then(
      () => say("Copied"),
      async () => prompt("Copy this link:", await link), // a page without https has no clipboard
    );
  });
  button.setAttribute("aria-live", "polite");
  nav.append(button);
}

/**
 * Light or dark, where the page has its own choice; JupyterLab has one already.
 * @param {HTMLElement} nav
 */
function themeSwitch(nav) {
  const root = document.documentElement;
  if (!root.dataset.hwTheme) return;
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "hw-button" });
  const show = () => {
    const isDark = root.dataset.hwTheme === "dark";
    button.textContent = isDark ? "☀ light" : "◐ dark";
    button.setAttribute("aria-label", `switch to the ${isDark ? "light" : "dark"} look`);
  };
  button.addEventListener("click", () => {
    root.dataset.hwTheme = root.dataset.hwTheme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("hedge-widgets-theme", root.dataset.hwTheme);
    } catch {
      // private windows may refuse; the choice then lasts for the page
    }
    show();
  });
  show();
  nav.append(button);
}

/**
 * For a projector: only the sentence, the main chart and the main sliders, large; Escape ends it.
 * @param {HTMLElement} nav
 * @returns {() => void} what takes its listeners away
 */
function presentSwitch(nav) {
  const { dataset } = document.documentElement;
  if (!dataset.hwTheme) return () => {};
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "hw-button hw-present", textContent: "Present" });
  const isOn = () => dataset.hwPresent !== undefined;
  const name = () => {
    button.textContent = isOn() ? "End presenting" : "Present";
  };
  const show = (/** @type {boolean} */ isWanted) => {
    if (isWanted) dataset.hwPresent = "";
    else delete dataset.hwPresent;
    document.dispatchEvent(new Event("hw-scheme")); // charts draw anew, and every bar of the page says so
  };
  button.title = "Only the sentence, the main chart and the main sliders, large enough for a room; Escape ends it";
  button.addEventListener("click", () => show(!isOn()));
  const ended = new AbortController();
  document.addEventListener("hw-scheme", name, ended);
  document.addEventListener("keydown", (event) => event.key === "Escape" && isOn() && show(false), ended);
  name();
  nav.append(button);
  return () => ended.abort();
}

/**
 * Draw lines into a picture.
 * @param {Element} picture
 * @param {[string, number[][]][]} lines
 */
function draw(picture, lines) {
  const drawn = lines.map(([colour, points]) => {
    const line = document.createElementNS(SVG, "polyline");
    line.setAttribute("points", points.join(" "));
    line.style.stroke = `var(--hw-${colour})`;
    return line;
  });
  picture.replaceChildren(...drawn);
}

/** @param {HTMLElement} link */
function pictureIn(link) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 100 36");
  picture.setAttribute("preserveAspectRatio", "none");
  picture.setAttribute("aria-hidden", "true");
  link.append(picture);
  return picture;
}

/**
 * Let a page's own links to other pages (`PageLink` of widgets/tables.py) take the book along, as the bar's do.
 * @param {HTMLElement} nav
 * @param {BarModel} model
 * @returns {() => void} what takes its listeners away
 */
function takeAlong(nav, model) {
  const ended = new AbortController();
  const lead = (/** @type {Event} */ event) => {
    const [target] = event.composedPath();
    const link = target instanceof Element ? target.closest("a[data-hw-page]") : null;
    if (!(link instanceof HTMLAnchorElement) || link.closest(".hw-root") !== nav.closest(".hw-root")) return;
    const page = model.get("pages").find(([label]) => label === link.dataset.hwPage)?.[1];
    const write = () => {
      if (page) link.href = addressOf(page, model.get("book"));
      else link.removeAttribute("href"); // published without that page
    };
    if (!isPage()) link.target = "hedge-widgets-page";
    if (page && event instanceof MouseEvent && event.type === "click") follow(event, link, write);
    else write();
  };
  for (const kind of ["pointerover", "pointerdown", "focusin", "click"]) document.addEventListener(kind, lead, ended);
  return () => ended.abort();
}

/**
 * What stands in the bar beside its links.
 * @param {HTMLElement} nav
 * @param {BarModel} model
 * @param {HTMLElement} words the book in short
 * @returns {() => void} what takes its listeners away
 */
function tools(nav, model, words) {
  nav.append(words);
  copyButton(nav, () => (isSaved() ? location.href : addressOf(model.get("here"), model.get("state"))));
  themeSwitch(nav);
  const ends = [presentSwitch(nav), takeAlong(nav, model)];
  return () => {
    for (const end of ends) end();
  };
}

/**
 * @param {{ model: BarModel, el: HTMLElement }} context
 */
function render({ model, el }) {
  const asCards = model.get("as_cards");
  const nav = document.createElement("nav");
  nav.className = asCards ? "hw-doors" : "hw-pages";
  nav.setAttribute("aria-label", asCards ? "What to look at next" : "Pages");
  const shown = model.get("pages").filter(([, page]) => !asCards || page !== model.get("here"));
  const links = shown.map(([label, page, question]) => {
    const link = document.createElement("a");
    link.textContent = label;
    if (asCards) link.append(Object.assign(document.createElement("small"), { textContent: question }));
    if (page === model.get("here")) link.setAttribute("aria-current", "page");
    if (!isPage()) link.target = "hedge-widgets-page";
    const picture = asCards ? pictureIn(link) : null;
    nav.append(link);
    return { link, page, picture };
  });
  const [[, editor]] = model.get("pages");
  const words = document.createElement(model.get("here") === editor ? "span" : "a");
  words.className = "hw-pages-words";
  words.title = "Change your coins, your cash and the hedge";
  if (words instanceof HTMLAnchorElement) links.push({ link: words, page: editor, picture: null });
  const show = () => {
    words.textContent = model.get("words");
    for (const { link, page, picture } of links) {
      if (picture) draw(picture, model.get("pictures")[page] ?? []);
      link.href = addressOf(page, model.get(page === model.get("here") ? "state" : "book"));
    }
  };
  const leave = asCards ? () => {} : tools(nav, model, words);
  // JupyterLab's address follows its notebook.
  for (const { link } of links) link.addEventListener("click", (event) => follow(event, link, show));
  model.on("change:book change:words change:state change:pictures", show);
  show();
  el.append(nav);
  const here = links.find(({ page }) => page === model.get("here"));
  if (here) requestAnimationFrame(() => nav.scrollTo({ left: here.link.offsetLeft - nav.clientWidth / 2 }));
  return leave;
}

export default { render };

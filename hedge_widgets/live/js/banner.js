// The banner: what went wrong, a kernel that does not answer, a session that ended.

/** @import { Store } from "./store.js" */

/** The page's banner. */
export class Banner {
  /**
   * @param {PartModel} _model
   * @param {HTMLElement} el
   * @param {Store} store
   */
  constructor(_model, el, store) {
    this.store = store;
    this.tone = "";
    this.isEnded = false;
    this.box = el.appendChild(document.createElement("div"));
    this.box.setAttribute("role", "alert");
    this.notice = () => this.say(store.live.get("notice"), "error");
    store.live.on("change:notice", this.notice);
    this.notice();
    if (store.ended) this.ended();
  }

  paint() {}

  /**
   * @param {string} text
   * @param {"error" | "quiet" | "ended"} tone
   */
  say(text, tone) {
    if (this.isEnded) return;
    this.box.className = text ? `hw-banner hw-banner-${tone}` : "";
    this.box.textContent = text;
    this.tone = text ? tone : "";
  }

  /** @param {boolean} isQuiet */
  quiet(isQuiet) {
    if (isQuiet) this.say("The kernel does not answer at the moment. Your inputs are still there.", "quiet");
    else if (this.tone === "quiet") this.notice();
  }

  ended() {
    this.say("Your session has ended. Reload the page to start a new one. ", "ended");
    this.isEnded = true;
    const reload = this.box.appendChild(document.createElement("button"));
    reload.className = "hw-button";
    reload.textContent = "Reload";
    reload.onclick = () => location.reload();
  }

  remove() {
    this.store.live.off("change:notice", this.notice);
  }
}

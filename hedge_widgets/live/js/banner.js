// The banner: what went wrong, a kernel that does not answer, a session that ended.

import { isPage, Return } from "./returning.js";

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
    const who = isPage() ? "server" : "kernel";
    const words = `The ${who} does not answer at the moment. What you see stays, and the page goes on when it does.`;
    if (isQuiet) this.say(words, "quiet");
    else if (this.tone === "quiet") this.notice();
  }

  ended() {
    if (this.isEnded) return;
    if (this.store.isPicture) {
      this.say("A saved picture: its sliders and boxes do not move it. Run the notebook to use the page.", "quiet");
    } else if (isPage()) this.comeBack();
    else {
      this.say(
        "The kernel behind this page was stopped or restarted, so the page no longer computes. To start it again, choose " +
          "“Restart Kernel and Run All Cells…” in the Kernel menu.",
        "error",
      );
    }
    this.isEnded = true;
  }

  comeBack() {
    this.say(" ", "ended");
    const words = document.createElement("span");
    const reload = document.createElement("button");
    reload.className = "hw-button";
    reload.textContent = "Reload";
    const way = new Return(this.store, (text) => {
      if (words.textContent !== text) words.textContent = text;
    });
    reload.onclick = () => way.open();
    this.box.replaceChildren(words, reload);
  }

  remove() {
    this.store.live.off("change:notice", this.notice);
  }
}

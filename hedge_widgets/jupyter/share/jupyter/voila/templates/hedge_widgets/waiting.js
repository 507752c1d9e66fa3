(() => {
  // Ask now and then whether a place is free, without taking it, and come in then. The address stays, with what is
  // behind its #; the pauses grow from visit to visit, and differ, so that those who wait do not all come at once.
  const key = "hedge-widgets-waited", FIRST = 5, MOST = 45, STALE_MS = 120000;
  const line = document.getElementById("hw-waiting");
  let pause = FIRST, left = 0;
  try {
    const before = JSON.parse(sessionStorage.getItem(key) ?? "{}");
    if (Date.now() - before.at < STALE_MS) pause = before.pause;
  } catch { /* storage is off: begin anew */ }
  const wait = () => {
    left = Math.round(pause * (0.7 + 0.6 * Math.random()));
    pause = Math.min(MOST, 1.4 * pause);
  };
  const look = async () => {
    left = Number.POSITIVE_INFINITY;
    line.textContent = "Looking for a free place…";
    const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" }).catch(() => null);
    if (answer && (answer.ok || answer.status === 405)) {
      try { sessionStorage.setItem(key, JSON.stringify({ pause, at: Date.now() })); } catch { /* as above */ }
      location.reload();
    } else wait();
  };
  document.getElementById("hw-try").addEventListener("click", look);
  document.getElementById("hw-try").hidden = false;
  setInterval(() => {
    if (left === Number.POSITIVE_INFINITY) return;
    if (left <= 0) look();
    else line.textContent = `This page tries again in ${left} s.`;
    left -= 1;
  }, 1000);
  wait();
})();

// What the pages need of the browser beyond Blazor: shortcuts, scrolling with a log, downloads, cookies.
(() => {
  const pages = { r: "/", c: "/consolelogs", s: "/structuredlogs", t: "/traces", m: "/metrics" };
  const typing = () => {
    const at = document.activeElement;
    return !!at && (/^(INPUT|TEXTAREA|SELECT|FLUENT-TEXT-INPUT|FLUENT-TEXTAREA|FLUENT-DROPDOWN)$/.test(at.tagName) || at.isContentEditable);
  };
  addEventListener("keydown", e => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return;
    if (e.key === "Escape") {
      const closers = document.querySelectorAll("button.closes");
      closers[closers.length - 1]?.click();
      return;
    }
    if (typing()) return;
    if (e.key === "?") document.getElementById("nbpy-help")?.click();
    else if (pages[e.key.toLowerCase()] && window.Blazor) window.Blazor.navigateTo(pages[e.key.toLowerCase()]);
    else return;
    e.preventDefault();
  });

  // A log that is read at its end stays at its end; scrolling up lets go, the button or scrolling down takes hold again.
  const followers = new WeakMap();
  const follow = (box, button) => {
    if (!box || followers.has(box)) return;
    const state = { on: true, top: 0 };
    followers.set(box, state);
    const show = () => button?.setAttribute("aria-pressed", state.on);
    const toEnd = () => { if (state.on) { box.scrollTop = box.scrollHeight; state.top = box.scrollTop; } };
    box.addEventListener("scroll", () => {
      const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 30;
      if (atEnd) state.on = true;
      else if (box.scrollTop < state.top - 4) state.on = false;
      state.top = box.scrollTop;
      show();
    }, { passive: true });
    button?.addEventListener("click", () => { state.on = !state.on; show(); toEnd(); });
    new MutationObserver(toEnd).observe(box, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["style"] });
    show();
    toEnd();
  };

  // The panel beside a table or a trace is as wide as it was last drawn, on every page; arrows move its edge as well.
  const widen = pixels => {
    const width = Math.round(Math.min(Math.max(pixels, 280), innerWidth * 0.75));
    document.documentElement.style.setProperty("--panel", `${width}px`);
    localStorage.setItem("nbpy.panel", width);
  };
  const kept = parseInt(localStorage.getItem("nbpy.panel"), 10);
  if (kept) widen(kept);
  addEventListener("pointerdown", e => {
    const grip = e.target.closest?.(".grip");
    if (!grip) return;
    const move = m => widen(grip.parentElement.getBoundingClientRect().right - m.clientX);
    grip.setPointerCapture(e.pointerId);
    grip.addEventListener("pointermove", move);
    grip.addEventListener("lostpointercapture", () => grip.removeEventListener("pointermove", move), { once: true });
    e.preventDefault();
  });
  addEventListener("keydown", e => {
    const step = { ArrowLeft: 24, ArrowRight: -24 }[e.key];
    if (step && e.target.matches?.(".grip")) widen(e.target.parentElement.getBoundingClientRect().width + step);
  });

  const save = (name, url) => {
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
  };

  const offset = () => -new Date().getTimezoneOffset();
  const cookie = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`; };
  cookie("nbpy.offset", offset());

  window.nbpy = {
    follow, offset, cookie,
    live: () => document.body.setAttribute("data-live", ""),
    copy: text => navigator.clipboard?.writeText(text),
    confirm: text => window.confirm(text),
    width: element => element?.clientWidth ?? 0,
    async download(name, stream) {
      const url = URL.createObjectURL(new Blob([await stream.arrayBuffer()], { type: "text/plain;charset=utf-8" }));
      save(name, url);
      setTimeout(() => URL.revokeObjectURL(url), 10000);
    },
  };
})();

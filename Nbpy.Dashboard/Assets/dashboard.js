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

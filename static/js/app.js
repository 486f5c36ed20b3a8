// Small helps on top of pages that work without them: drafts, hiding the page, going back, copying.
"use strict";

(() => {
  const root = document.documentElement;
  const clock = () => {
    const now = new Date();
    return `${String(now.getHours()).padStart(2, "0")}.${String(now.getMinutes()).padStart(2, "0")}`;
  };

  // A page kept by the browser may have been withdrawn since: ask the server again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  // "Dölj sidan": button or F9. The veil's own button, or F9 again, brings the page back.
  const hiding = () => {
    const veil = document.querySelector("[data-veil]");
    if (!veil) return;
    const show = veil.querySelector("[data-show]");
    let title = "";
    let before = null;
    const hide = () => {
      if (root.classList.contains("s-hidden")) return;
      title = document.title;
      before = document.activeElement;
      document.title = "SSPF";
      root.classList.add("s-hidden");
      show.focus();
    };
    const reveal = () => {
      if (!root.classList.contains("s-hidden")) return;
      root.classList.remove("s-hidden");
      document.title = title;
      if (before instanceof HTMLElement) before.focus();
    };
    const press = (element, act) => {
      element.setAttribute("role", "button");
      element.addEventListener("click", (event) => {
        event.preventDefault();
        act();
      });
      element.addEventListener("keydown", (event) => {
        if (event.key !== " ") return;
        event.preventDefault();
        act();
      });
    };
    document.querySelectorAll("[data-hide]").forEach((element) => press(element, hide));
    press(show, reveal);
    document.addEventListener("keydown", (event) => {
      if (event.key !== "F9" || event.repeat) return;
      event.preventDefault();
      if (root.classList.contains("s-hidden")) reveal();
      else hide();
    });
  };

  // Drafts: the whole form is posted a moment after the last change; never two requests at once.
  const autosave = (form) => {
    const status = form.querySelector("[data-autosave-status]");
    const say = (text) => {
      if (status) status.textContent = text;
    };
    let timer = 0;
    let busy = false;
    let changed = false;
    let sent = false;
    const later = (seconds) => {
      clearTimeout(timer);
      timer = setTimeout(save, seconds * 1000);
    };
    const save = async () => {
      clearTimeout(timer);
      timer = 0;
      if (busy || !changed || sent) return;
      busy = true;
      changed = false;
      try {
        const answer = await fetch(form.dataset.autosaveUrl, {
          method: "POST",
          body: new FormData(form),
          credentials: "same-origin",
          redirect: "manual",
          keepalive: document.visibilityState === "hidden",
        });
        if (answer.ok) {
          say(`${status ? status.dataset.saved : ""} ${clock()}`);
        } else if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
          changed = true;
          say(status ? status.dataset.signedOut : "");
          later(60);
        } else {
          throw new Error(String(answer.status));
        }
      } catch {
        changed = true;
        say(status ? status.dataset.failed : "");
        later(15);
      } finally {
        busy = false;
        // Typed while the request was on its way.
        if (changed && !timer) later(2);
      }
    };
    const touched = () => {
      changed = true;
      later(2);
    };
    form.addEventListener("input", touched);
    form.addEventListener("change", touched);
    form.addEventListener("submit", () => {
      sent = true;
      clearTimeout(timer);
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") save();
    });
  };

  const copying = (button) => {
    if (!navigator.clipboard) return;
    const label = button.querySelector("[aria-live]") || button;
    const words = label.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const target = button.dataset.copyTarget && document.getElementById(button.dataset.copyTarget);
      await navigator.clipboard.writeText(target ? target.textContent.trim() : button.dataset.copy);
      label.textContent = button.dataset.copied;
      setTimeout(() => {
        label.textContent = words;
      }, 4000);
    });
  };

  // An open menu closes with Escape, and when the focus or the pointer goes elsewhere.
  const menu = (details) => {
    details.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !details.open) return;
      details.open = false;
      details.querySelector("summary").focus();
    });
    document.addEventListener("click", (event) => {
      if (!details.contains(event.target)) details.open = false;
    });
    details.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !details.contains(event.relatedTarget)) details.open = false;
    });
  };

  hiding();
  document.querySelectorAll("form[data-autosave]").forEach(autosave);
  document.querySelectorAll("[data-copy], [data-copy-target]").forEach(copying);
  document.querySelectorAll("[data-menu]").forEach(menu);
  const errors = document.querySelector("[data-errors]");
  if (errors) errors.focus();
})();

using Microsoft.Playwright;

namespace Nbpy.Tests.Shared;

/// <summary>What a look at a page finds first: texts over one another, texts that are cut, boxes over boxes, labels of charts out of their chart.</summary>
internal static class PageLayout
{
    // Charts draw on a canvas: what they have drawn is asked of the drawing library.
    private const string Script =
        """
        (boxes) => {
          const mistakes = [], shown = s => JSON.stringify(s.trim().slice(0, 40));
          const visible = e => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
          const place = e => e.closest(boxes)?.querySelector('h2')?.textContent ?? e.closest('[id]')?.id ?? e.tagName;
          const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
          // What is scrolled away or cut off by a box around it is not seen.
          const seen = (rect, e) => {
            let { left, right, top, bottom } = rect;
            for (let p = e; p && p !== document.documentElement; p = p.parentElement) {
              const style = getComputedStyle(p);
              if (style.overflowX === 'visible' && style.overflowY === 'visible' || p === document.body) continue;
              const r = p.getBoundingClientRect();
              [left, right, top, bottom] = [Math.max(left, r.left), Math.min(right, r.right), Math.max(top, r.top), Math.min(bottom, r.bottom)];
            }
            return right - left > 1 && bottom - top > 1 ? { left, right, top, bottom } : null;
          };

          const texts = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const e = node.parentElement;
            if (!node.data.trim() || e.closest('select, option, script, style, noscript, svg') || !visible(e)) continue;
            const range = document.createRange(); range.selectNodeContents(node);
            for (const r of range.getClientRects()) { const s = seen(r, e); if (s) texts.push({ e, text: node.data, r: s, layer: e.closest('header') ? 1 : 0 }); }
          }
          for (let i = 0; i < texts.length; i++)
            for (let k = i + 1; k < texts.length; k++)
              if (texts[i].layer === texts[k].layer && texts[i].e !== texts[k].e && meet(texts[i].r, texts[k].r))
                mistakes.push(`${place(texts[i].e)}: ${shown(texts[i].text)} lies over ${shown(texts[k].text)}`);

          for (const e of new Set(texts.map(t => t.e)))
            for (let p = e; p && p !== document.body; p = p.parentElement) {
              const style = getComputedStyle(p);
              if (/hidden|clip/.test(style.overflowX) && p.scrollWidth > p.clientWidth + 1 || /hidden|clip/.test(style.overflowY) && p.scrollHeight > p.clientHeight + 1) {
                if (!p.title) mistakes.push(`${place(e)}: ${shown(e.textContent)} is cut by ${p.tagName.toLowerCase()}.${p.className} (${p.scrollWidth} × ${p.scrollHeight} in ${p.clientWidth} × ${p.clientHeight})`);
                break;
              }
              if (style.overflowX !== 'visible') break;
            }

          for (const e of document.querySelectorAll('.legend'))
            if (e.scrollHeight > e.clientHeight + 1) mistakes.push(`${place(e)}: the legend ${shown(e.innerText)} is cut`);

          const all = [...document.querySelectorAll(boxes)].filter(visible);
          for (let i = 0; i < all.length; i++)
            for (let k = i + 1; k < all.length; k++)
              if (!all[i].contains(all[k]) && !all[k].contains(all[i]) && meet(all[i].getBoundingClientRect(), all[k].getBoundingClientRect()))
                mistakes.push(`${place(all[i])} lies over ${place(all[k])}`);

          for (const box of document.querySelectorAll('.chart')) {
            const chart = globalThis.echarts?.getInstanceByDom(box);
            if (!chart) continue;
            const { xAxis, series } = chart.getOption(), bars = series.filter(s => s.type === 'bar').flatMap(s => s.data);
            if (xAxis?.[0].type === 'time' && bars.some(b => b[0] < xAxis[0].min)) mistakes.push(`${place(box)}: the first bar lies over the labels of its axis`);
            const labels = [];
            for (const one of chart.getZr().storage.getDisplayList(true)) {
              const text = one.style?.text;
              if (one.type !== 'tspan' || !text || one.ignore || one.invisible || one.style.opacity === 0) continue;
              const r = one.getBoundingRect().clone();
              if (one.transform) r.applyTransform(one.transform);
              labels.push({ text: String(text), r: { left: r.x, right: r.x + r.width, top: r.y, bottom: r.y + r.height } });
            }
            for (let i = 0; i < labels.length; i++) {
              const { text, r } = labels[i];
              if (r.left < -1 || r.top < -3 || r.right > box.clientWidth + 1 || r.bottom > box.clientHeight + 3) mistakes.push(`${place(box)}: the label ${shown(text)} is out of its chart`);
              for (let k = i + 1; k < labels.length; k++) if (meet(r, labels[k].r)) mistakes.push(`${place(box)}: the label ${shown(text)} lies over ${shown(labels[k].text)}`);
            }
          }
          return mistakes;
        }
        """;

    /// <summary>The mistakes, each with the place and the texts.</summary>
    /// <param name="page">The page, drawn.</param>
    /// <param name="boxes">What must not lie over one another, as a selector.</param>
    public static Task<string[]> MistakesAsync(IPage page, string boxes) => page.EvaluateAsync<string[]>(Script, boxes);
}

import { expect, it } from "vitest";
import { escapeHtml, formPage, html } from "../../src/http/html.ts";

const HOSTILE = `"><script>alert('&')</script>`;

it("escapes what could end a text or an attribute", () => {
  expect(escapeHtml(HOSTILE)).toBe("&#34;&#62;&#60;script&#62;alert(&#39;&#38;&#39;)&#60;/script&#62;");
});

it("escapes every value but HTML that was made by it", () => {
  const inner = html`<b>${HOSTILE}</b>`;

  expect(html`<p>${inner}${1}${HOSTILE}</p>`.html).not.toContain("<script");
  expect(html`<p>${inner}</p>`.html).toContain("<p><b>&#34;");
});

it("escapes a form page's title, fault and token", () => {
  const page = formPage(
    { style: "/s.css", icon: "/i.svg" },
    {
      title: HOSTILE,
      intro: html``,
      fault: HOSTILE,
      form: { action: "/x", csrfToken: HOSTILE, fields: html``, submit: HOSTILE },
    },
  );

  expect(page).not.toContain("<script");
  expect(page).not.toContain(`"">`);
});

/** Text that stands for itself in HTML, in attributes too. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** HTML that is known to be whole and escaped. */
export interface Html {
  readonly html: string;
}

/** Puts HTML together; every value that is not {@link Html} already is escaped. */
export function html(strings: TemplateStringsArray, ...values: readonly (string | number | Html)[]): Html {
  const parts = values.map((value) => (typeof value === "object" ? value.html : escapeHtml(String(value))));
  return { html: strings.reduce((text, string, index) => text + (parts[index - 1] ?? "") + string) };
}

const NOTHING: Html = { html: "" };

/** The files that every page has, by their addresses. */
export interface PageFiles {
  readonly style: string;
  readonly icon: string;
}

function shell(title: string, files: PageFiles, head: Html, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="${files.icon}" type="image/svg+xml">
<link rel="stylesheet" href="${files.style}">
${head}</head>
${body}
</html>
`.html;
}

/** The dashboard's frame: the script fills it. */
export function dashboardPage(files: PageFiles, script: string, csrfToken: string): string {
  const head = html`<meta name="csrf-token" content="${csrfToken}">
<script type="module" src="${script}"></script>
`;
  const body = html`<body>
<div id="page"><p class="wait" role="status">Reading what happened…</p></div>
<noscript><p class="wait">The page needs JavaScript. Without it, ask on the host: <code>dockwarden alerts</code>, <code>dockwarden logins</code>, <code>dockwarden events</code>.</p></noscript>
</body>`;
  return shell("Dockwarden", files, head, body);
}

/** What a form page shows. */
export interface FormPage {
  readonly title: string;
  readonly intro: Html;
  /** Absent where there is nothing to fill in. */
  readonly form?: {
    readonly action: string;
    readonly csrfToken: string;
    readonly fields: Html;
    readonly submit: string;
  };
  /** What was wrong with the last attempt. */
  readonly fault?: string | null;
}

/** Signing in, setting up and their refusals: works without JavaScript. */
export function formPage(files: PageFiles, page: FormPage): string {
  const fault =
    page.fault === undefined || page.fault === null
      ? NOTHING
      : html`<p class="fault" role="alert">${page.fault}</p>
`;
  const form =
    page.form === undefined
      ? NOTHING
      : html`<form method="post" action="${page.form.action}">
<input type="hidden" name="_csrf" value="${page.form.csrfToken}">
${page.form.fields}
<button type="submit" class="primary">${page.form.submit}</button>
</form>`;
  const body = html`<body class="entry">
<main>
<p class="brand"><img src="${files.icon}" alt="" width="28" height="28"> Dockwarden</p>
<h1>${page.title}</h1>
${page.intro}
${fault}${form}
</main>
</body>`;
  return shell(`${page.title} · Dockwarden`, files, NOTHING, body);
}

/** A password field with its label. */
export function passwordField(
  name: string,
  label: string,
  autocomplete: "current-password" | "new-password",
  options: { readonly hint?: string; readonly focus?: boolean } = {},
): Html {
  const { hint, focus } = options;
  const note = hint === undefined ? NOTHING : html`<small id="${name}-hint">${hint}</small>`;
  const described = hint === undefined ? NOTHING : html` aria-describedby="${name}-hint"`;
  return html`<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="password" required maxlength="512" autocomplete="${autocomplete}"${described}${focus === true ? html` autofocus` : NOTHING}>
${note}`;
}

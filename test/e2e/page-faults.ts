/*
 * Checks that run inside the browser: each function is sent there as text, so it stands alone.
 */

/** What assistive technology or a narrow screen would stumble over, in words; empty where there is nothing. */
export function pageFaults(): string[] {
  const faults: string[] = [];
  const describe = (element: Element): string => element.outerHTML.slice(0, 120);
  const nameOf = (element: Element): string => {
    const label = element.getAttribute("aria-label");
    if (label !== null) return label;
    const id = element.getAttribute("id");
    const labelled = id === null ? null : document.querySelector(`label[for="${CSS.escape(id)}"]`);
    return (labelled ?? element).textContent ?? "";
  };
  if (document.documentElement.lang === "") faults.push("the page names no language");
  if (document.title === "") faults.push("the page has no title");
  if (document.querySelectorAll("h1").length !== 1) faults.push("the page has not exactly one h1");
  if (document.querySelectorAll("main").length !== 1) faults.push("the page has not exactly one main");
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth)
    faults.push(`the page scrolls sideways: ${document.documentElement.scrollWidth}`);

  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of ids)
    if (ids.filter((other) => other === id).length > 1) faults.push(`id ${id} is there twice`);
  for (const element of document.querySelectorAll("button, a[href], input:not([type=hidden], [hidden])"))
    if (nameOf(element).trim() === "") faults.push(`nameless: ${describe(element)}`);
  for (const element of document.querySelectorAll("img:not([alt])"))
    faults.push(`no alt: ${describe(element)}`);
  for (const element of document.querySelectorAll("[aria-labelledby], [aria-describedby]"))
    for (const attribute of ["aria-labelledby", "aria-describedby"])
      for (const id of element.getAttribute(attribute)?.split(" ") ?? [])
        if (document.getElementById(id) === null)
          faults.push(`${attribute} names nothing: ${describe(element)}`);
  for (const element of document.querySelectorAll('[aria-expanded="true"][aria-controls]'))
    if (document.getElementById(element.getAttribute("aria-controls") ?? "") === null)
      faults.push(`aria-controls names nothing: ${describe(element)}`);
  for (const table of document.querySelectorAll("table"))
    if (
      table.querySelector("thead th[scope=col]") === null ||
      table.querySelector("tbody th[scope=row]") === null
    )
      faults.push(`a table without headers: ${describe(table)}`);
  let level = 1;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const next = Number(heading.tagName.slice(1));
    if (next > level + 1) faults.push(`h${next} follows h${level}: ${describe(heading)}`);
    level = next;
  }
  for (const element of document.querySelectorAll("button, a[href]")) {
    const { width, height } = element.getBoundingClientRect();
    const isSkip = element.classList.contains("skip");
    if (!isSkip && (width < 24 || height < 16)) faults.push(`too small to hit: ${describe(element)}`);
  }
  return faults;
}

/** Text whose contrast against what lies behind it is under 4.5:1 (WCAG 2.2, 1.4.3); empty where there is none. */
export function contrastFaults(): string[] {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (canvas === null) return ["no canvas"];
  type Colour = readonly [number, number, number, number];
  const colourOf = (text: string): Colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top: Colour, below: Colour): Colour => {
    const mix = (a: number, b: number): number => a * top[3] + b * (1 - top[3]);
    return [mix(top[0], below[0]), mix(top[1], below[1]), mix(top[2], below[2]), 1];
  };
  const backgroundOf = (element: Element | null): Colour => {
    if (element === null) return [255, 255, 255, 1];
    const own = colourOf(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, backgroundOf(element.parentElement));
  };
  const luminance = (colour: Colour): number => {
    const linear = (value: number): number =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
    return 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
  };
  const faults: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.trim() ?? "";
    if (element === null || text === "" || element.closest(".unseen, noscript, :disabled") !== null) continue;
    const background = backgroundOf(element);
    const colour = over(colourOf(getComputedStyle(element).color), background);
    const [bright = 0, dark = 0] = [luminance(colour), luminance(background)].sort((a, b) => b - a);
    const ratio = (bright + 0.05) / (dark + 0.05);
    if (ratio < 4.5)
      faults.push(`${ratio.toFixed(2)}:1 ${element.tagName}.${element.className} "${text.slice(0, 40)}"`);
  }
  return faults;
}

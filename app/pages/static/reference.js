// Draws the API from the contract with Swagger UI. Its own search knows tags and paths; this one knows all words.
"use strict";

const words = (operation) =>
  ["path", "method"].map((name) => operation.get(name))
    .concat(["operationId", "summary", "description"].map((name) => operation.getIn(["operation", name])))
    .join(" ").toLowerCase();

const search = () => ({
  fn: {
    opsFilter: (tagged, phrase) => {
      const wanted = phrase.toLowerCase();
      return tagged
        .map((tag) => tag.update("operations", (all) => all.filter((one) => words(one).includes(wanted))))
        .filter((tag) => tag.get("operations").size > 0);
    },
  },
});

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  filter: true,
  plugins: [search],
  validatorUrl: null,
  onComplete: () => {
    const field = document.querySelector("#reference .operation-filter-input");
    field.placeholder = "Search operations";
    field.setAttribute("aria-label", "Search operations");
    // The page has a main part already.
    document.querySelector("#reference main").setAttribute("role", "group");
  },
});
